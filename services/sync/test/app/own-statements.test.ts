import { createVirtualTime } from '@odst/async/testing';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createFeedSignal } from '../../src/app/feed-signal.ts';
import { startOwnStatements } from '../../src/app/own-statements.ts';
import { type Statement, statementBytes, unpackHoldings } from '../../src/domain/holdings.ts';
import { issOf } from '../support/records.ts';
import { createSigner } from '../support/signers.ts';

const [x, y, z] = [`00${'a'.repeat(62)}`, `00${'b'.repeat(62)}`, `ff${'c'.repeat(62)}`];

function server() {
  const scheduler = createVirtualTime();
  const statements = createMemoryFeedStore(() => issOf('feed'));
  const feedSignal = createFeedSignal(scheduler);
  const signer = createSigner();
  const held = new Set<string>();
  const looks: string[] = [];
  let peers = 1;
  const own = startOwnStatements({
    statements,
    feedSignal,
    scheduler,
    signatures: signer,
    sites: { ownIss: async () => signer.iss },
    contents: {
      async *listHeld(prefix) {
        looks.push(prefix);
        yield* [...held].filter((sha256) => sha256.startsWith(prefix)).sort();
      },
    },
    hasPeers: () => peers > 0,
    chance: { random: () => 0.5, uuid: () => 'id' },
    logger: createSilentLogger(),
  });
  const said = async () => {
    const stated = await statements.holdings({ iss: signer.iss });
    return stated.flatMap((statement) => unpackHoldings(statement).map(({ sha256 }) => sha256)).sort();
  };
  const pass = (ms: number) => scheduler.pass(ms);
  return {
    statements,
    scheduler,
    feedSignal,
    signer,
    held,
    looks,
    said,
    pass,
    contentChanged: own.contentChanged.bind(own),
    leave: () => {
      peers = 0;
    },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

test('says what is there, signed, and says it anew when storage tells of a change', async () => {
  await using a = server();
  a.held.add(x).add(z);
  await a.pass(0);
  expect(await a.said()).toEqual([x, z]);
  for (const statement of await a.statements.holdings({})) {
    const told: Statement = { kind: 'holdings', statement };
    expect(a.signer.holds(a.signer.publicKey, 'holdings', statementBytes(told), statement.signature)).toBe(true);
  }
  const { version } = a.feedSignal;
  await a.pass(1_000);
  a.held.add(y);
  const at = new Date(a.scheduler.now().getTime() - 400);
  a.contentChanged(y, at);
  await a.pass(1_000);
  expect(await a.said()).toEqual([x, y, z]);
  expect(a.feedSignal.version).toBe(version + 1);
  // Only where something changed.
  expect(a.looks).toEqual(['', '00']);
  const [shard] = await a.statements.holdings({ shards: [0] });
  expect(shard && unpackHoldings(shard).find(({ sha256 }) => sha256 === y)?.sinceMs).toBe(at.getTime());
});

test('a content keeps the time since when it is held, and has a later one where it was lost meanwhile', async () => {
  await using a = server();
  a.held.add(x);
  await a.pass(0);
  const since = async () =>
    unpackHoldings((await a.statements.holdings({ shards: [0] }))[0] ?? { shard: 0, entries: new Uint8Array() });
  const [first] = await since();
  a.held.add(y);
  await a.pass(60_000);
  expect((await since()).find(({ sha256 }) => sha256 === x)).toEqual(first);
  a.held.delete(x);
  await a.pass(60_000);
  expect(await a.said()).toEqual([y]);
  a.held.add(x);
  await a.pass(60_000);
  expect((await since()).find(({ sha256 }) => sha256 === x)?.sinceMs).toBeGreaterThan(first?.sinceMs ?? Number.NaN);
});

test('what storage lost without a word is said within a minute', async () => {
  await using a = server();
  a.held.add(x);
  await a.pass(0);
  a.held.clear();
  await a.pass(60_000);
  expect(await a.said()).toEqual([]);
});

test('says nothing anew while nothing changes', async () => {
  await using a = server();
  a.leave();
  a.held.add(x).add(y).add(z);
  await a.pass(0);
  const { position } = await a.statements.head();
  await a.pass(3_600_000);
  expect((await a.statements.head()).position).toBe(position);
});

test('after a restore ends what was said in the life before, though its clock gave that a later stamp', async () => {
  await using a = server();
  a.held.add(x);
  await a.pass(0);
  const later = BigInt(a.scheduler.now().getTime() + 3_600_000);
  const before = a.signer.says({ kind: 'holdings', stamp: later, holds: [x, y] });
  await a.statements.putStatements([{ ...before, heardAt: a.scheduler.now() }]);
  expect(await a.said()).toEqual([x, y]);
  await a.pass(60_000);
  expect(await a.said()).toEqual([x]);
  expect((await a.statements.holdings({ shards: [0] }))[0]?.stamp).toBe(later + 1n);
});

test('says every 30 s that it runs, while it has peers', async () => {
  await using a = server();
  const beats: bigint[] = [];
  for (let step = 0; step < 5; step += 1) {
    await a.pass(30_000);
    beats.push(...(await a.statements.heard()).map(({ stamp }) => stamp));
  }
  expect(new Set(beats).size).toBe(5);
  a.leave();
  await a.pass(300_000);
  expect((await a.statements.heard())[0]?.stamp).toBe(beats.at(-1));
});

test('says that it runs also when its clock was set back', async () => {
  await using a = server();
  const ahead = new Date(a.scheduler.now().getTime() + 3_600_000);
  const stamp = BigInt(ahead.getTime());
  await a.statements.putStatements([{ ...a.signer.says({ kind: 'heartbeat', stamp }), heardAt: ahead }]);
  await a.pass(30_000);
  expect((await a.statements.heard())[0]?.stamp).toBeGreaterThan(stamp);
});

test('what a clock far ahead dated so that no other server takes it is said anew once the clock was set back', async () => {
  await using a = server();
  a.held.add(x);
  await a.pass(0);
  const ahead = new Date(a.scheduler.now().getTime() + 400 * 86_400_000);
  const stamp = BigInt(ahead.getTime());
  const said = [a.signer.says({ kind: 'holdings', stamp, holds: [x] }), a.signer.says({ kind: 'heartbeat', stamp })];
  await a.statements.putStatements(said.map((one) => ({ ...one, heardAt: ahead })));
  await a.pass(60_000);
  const nowStamp = BigInt(a.scheduler.now().getTime());
  expect(await a.said()).toEqual([x]);
  expect((await a.statements.holdings({ shards: [0] }))[0]?.stamp).toBeLessThanOrEqual(nowStamp);
  expect((await a.statements.heard())[0]?.stamp).toBeLessThanOrEqual(nowStamp);
});

test('while its own clock is far behind, says what changes later than before, as others still know that', async () => {
  await using a = server();
  const stamp = BigInt(a.scheduler.now().getTime()) + 400n * 86_400_000n;
  const before = [a.signer.says({ kind: 'holdings', stamp, holds: [x] }), createSigner().says({ kind: 'heartbeat', stamp })];
  await a.statements.putStatements(before.map((one) => ({ ...one, heardAt: a.scheduler.now() })));
  a.held.add(x).add(y);
  await a.pass(60_000);
  expect(await a.said()).toEqual([x, y]);
  expect((await a.statements.holdings({ shards: [0] }))[0]?.stamp).toBeGreaterThan(stamp);
});
