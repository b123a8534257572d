import { createVirtualTime } from '@odst/async/testing';
import type { WriterStatement } from '@odst/contracts/sync';
import { expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createOwnWriter } from '../../src/app/own-writer.ts';
import { statementBytes } from '../../src/domain/holdings.ts';
import { issOf } from '../support/records.ts';
import { createSigner } from '../support/signers.ts';

const [e1, e2] = ['1'.repeat(16), '2'.repeat(16)] as const;

function server() {
  const scheduler = createVirtualTime();
  const statements = createMemoryFeedStore(() => issOf('feed'));
  const signer = createSigner();
  const stated: bigint[] = [];
  const sites = { ownIss: async () => signer.iss };
  const said = async () => (await statements.writers([signer.iss]))[0]?.statement;
  const onStated = () => stated.push(1n);
  const start = () => createOwnWriter({ statements, sites, signatures: signer, scheduler, onStated });
  const record = (...changes: readonly (readonly [epoch: string, stamp: bigint, iss?: string])[]) => ({
    changes: changes.map(([epoch, stamp, iss = signer.iss]) => {
      return { body: 0, iss, epoch, stamp, actor: '', datedAt: undefined, signature: new Uint8Array() };
    }),
  });
  const startStamp = BigInt(scheduler.now().getTime()) * 65_536n;
  return { scheduler, statements, signer, stated, said, start, record, startStamp };
}

const isSigned = (signer: ReturnType<typeof createSigner>, statement: WriterStatement | undefined) =>
  statement !== undefined &&
  signer.holds(signer.publicKey, 'writer', statementBytes({ kind: 'writer', statement }), statement.signature);

test('says how far it has written before its changes are read, once for all that are read together', async () => {
  const { start, record, said, signer, stated, startStamp } = server();
  const own = start();
  await own.cover([record([e1, startStamp + 5n]), record([e1, startStamp + 7n], [e2, startStamp + 99n, issOf('b')])]);
  expect(await said()).toMatchObject({ epoch: e1, lastStamp: startStamp + 7n, floor: startStamp });
  expect(isSigned(signer, await said())).toBe(true);
  await own.cover([record([e1, startStamp + 6n])]);
  expect(stated).toHaveLength(1);
  await Promise.all([8n, 9n, 10n].map((more) => own.cover([record([e1, startStamp + more])])));
  expect(await said()).toMatchObject({ lastStamp: startStamp + 10n });
});

test('of others’ changes says nothing', async () => {
  const { start, record, said } = server();
  await start().cover([record([e1, 5n, issOf('b')])]);
  expect(await said()).toBeUndefined();
});

test('goes on after a restart from what it said, and is later than that by any clock', async () => {
  const { start, record, said, scheduler, startStamp } = server();
  await start().cover([record([e1, startStamp + 5n])]);
  const first = await said();
  await scheduler.pass(1);
  const again = start();
  await again.cover([record([e1, startStamp + 5n])]);
  expect(await said()).toEqual(first);
  await again.cover([record([e2, startStamp + 65_537n])]);
  expect(await said()).toMatchObject({ epoch: e2, lastStamp: startStamp + 65_537n, floor: startStamp + 65_536n });
  expect((await said())?.stamp).toBeGreaterThan(first?.stamp ?? 0n);
});

test('after a restore from a backup says what the life before it had said too, and later than that', async () => {
  const { start, record, said, signer, startStamp } = server();
  const own = start();
  await own.cover([record([e2, startStamp + 5n])]);
  const ours = await said();
  const later = (ours?.stamp ?? 0n) + 1_000n;
  const before = signer.says({ kind: 'writer', stamp: later, epoch: e1, lastStamp: startStamp + 900n, floor: 3n });
  await own.heard(before.statement as WriterStatement);
  const joined = await said();
  expect(joined).toMatchObject({ epoch: e2, lastStamp: startStamp + 5n, floor: startStamp + 900n, stamp: later + 1n });
  expect(isSigned(signer, joined)).toBe(true);
  // What comes back to it of its own, and what is older, needs no answer.
  await own.heard(joined as WriterStatement);
  await own.heard(before.statement as WriterStatement);
  expect(await said()).toEqual(joined);
});

test('a server that has said nothing yet begins with what it is told of its life before', async () => {
  const { start, said, signer } = server();
  const before = signer.says({ kind: 'writer', stamp: 5n, epoch: e1, lastStamp: 900n, floor: 3n });
  await start().heard(before.statement as WriterStatement);
  expect(await said()).toMatchObject({ epoch: e1, lastStamp: 900n, floor: 3n });
});

test('of two processes that speak at once neither takes back what the other one has said', async () => {
  const { start, record, said, scheduler, statements, startStamp } = server();
  const [one, other] = [start(), start()];
  // Both have read what was said before either speaks, and the one that saw less speaks last, by a later clock.
  const { writers, replaceOwn } = statements;
  let looks = 0;
  const bothLooked = Promise.withResolvers<void>();
  statements.writers = async (isses) => {
    const found = await writers(isses);
    looks += 1;
    if (looks === 2) bothLooked.resolve();
    await bothLooked.promise;
    return found;
  };
  const otherSpoke = Promise.withResolvers<void>();
  statements.replaceOwn = async (own, before) => {
    if (own.kind === 'writer' && own.statement.lastStamp === startStamp + 5n) await otherSpoke.promise;
    return replaceOwn(own, before);
  };
  const less = one.cover([record([e1, startStamp + 5n])]);
  await other.cover([record([e1, startStamp + 9n])]);
  await scheduler.pass(1_000);
  otherSpoke.resolve();
  await less;
  expect(await said()).toMatchObject({ epoch: e1, lastStamp: startStamp + 9n });
});

test('gives up for now, and says so, where the store refuses again and again', async () => {
  const { start, record, statements, startStamp } = server();
  const { replaceOwn } = statements;
  let tries = 0;
  statements.replaceOwn = async () => {
    tries += 1;
    return false;
  };
  const own = start();
  await expect(own.cover([record([e1, startStamp + 5n])])).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  expect(tries).toBeLessThanOrEqual(20);
  statements.replaceOwn = replaceOwn;
  await own.cover([record([e1, startStamp + 5n])]);
});

test('after the clock was far ahead and was set back, says it anew with a stamp that others take', async () => {
  const { start, record, said, signer, scheduler, statements, startStamp } = server();
  const stamp = BigInt(scheduler.now().getTime()) + 400n * 86_400_000n;
  const ahead = signer.says({ kind: 'writer', stamp, epoch: e1, lastStamp: startStamp + 5n, floor: startStamp });
  await statements.putStatements([{ ...ahead, heardAt: scheduler.now() }]);
  const own = start();
  await own.cover([record([e1, startStamp + 5n])]);
  expect(await said()).toMatchObject({ epoch: e1, lastStamp: startStamp + 5n, stamp: BigInt(scheduler.now().getTime()) });
  expect(isSigned(signer, await said())).toBe(true);
});

test('while its own clock is far behind, speaks later than what it said before, as others still know that', async () => {
  const { start, record, said, signer, scheduler, statements, startStamp } = server();
  const stamp = BigInt(scheduler.now().getTime()) + 400n * 86_400_000n;
  const before = signer.says({ kind: 'writer', stamp, epoch: e1, lastStamp: startStamp + 5n, floor: startStamp });
  const other = createSigner().says({ kind: 'heartbeat', stamp });
  await statements.putStatements([before, other].map((one) => ({ ...one, heardAt: scheduler.now() })));
  const own = start();
  await own.cover([record([e1, startStamp + 5n])]);
  expect(await said()).toEqual(before.statement);
  await own.cover([record([e1, startStamp + 6n])]);
  expect(await said()).toMatchObject({ lastStamp: startStamp + 6n, stamp: stamp + 1n });
});
