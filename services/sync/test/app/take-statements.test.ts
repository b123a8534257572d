import { createVirtualTime } from '@odst/async/testing';
import type { WriterStatement } from '@odst/contracts/sync';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createFeedSignal } from '../../src/app/feed-signal.ts';
import { takeStatements } from '../../src/app/take-statements.ts';
import type { Statement } from '../../src/domain/holdings.ts';
import { hash, issOf } from '../support/records.ts';
import { createSigner, type Signer } from '../support/signers.ts';

function receiver(...known: readonly Signer[]) {
  const scheduler = createVirtualTime();
  const statements = createMemoryFeedStore(() => issOf('feed'));
  const feedSignal = createFeedSignal(scheduler);
  const asked: string[][] = [];
  const keys = new Map(known.map(({ iss, publicKey }) => [iss, publicKey]));
  const heardOfOwn: WriterStatement[] = [];
  const ownWriter = { heard: async (told: WriterStatement) => void heardOfOwn.push(told) };
  const sites = {
    ownIss: async () => own.iss,
    async keysOf(_toldBy: string, isses: readonly string[]) {
      asked.push([...isses]);
      return keys;
    },
  };
  const signatures = createSigner();
  const deps = {
    statements,
    sites,
    signatures,
    feedSignal,
    scheduler,
    logger: createSilentLogger(),
    ownWriter,
    writersStated: () => undefined,
  };
  return {
    heardOfOwn,
    statements,
    scheduler,
    feedSignal,
    asked,
    take: (told: readonly Statement[]) => takeStatements(deps, told, issOf('peer')),
  };
}

/** The server that takes. */
const own = createSigner();

const sha256 = hash('sha256', 'a content');

test('takes what a known server signed, wakes the readers, and keeps when it was heard of', async () => {
  const a = createSigner();
  const { take, statements, scheduler, feedSignal } = receiver(a);
  const nowMs = scheduler.now().getTime();
  const told = [
    a.says({ kind: 'holdings', stamp: BigInt(nowMs), holds: [sha256] }),
    a.says({ kind: 'heartbeat', stamp: BigInt(nowMs), ageMs: 40_000n }),
  ];
  expect(await take(told)).toHaveLength(2);
  expect(feedSignal.version).toBe(1);
  expect(await statements.heard()).toEqual([{ iss: a.iss, stamp: BigInt(nowMs), heardAt: new Date(nowMs - 40_000) }]);
});

test('that a server runs wakes nobody', async () => {
  const a = createSigner();
  const { take, scheduler, feedSignal } = receiver(a);
  expect(await take([a.says({ kind: 'heartbeat', stamp: BigInt(scheduler.now().getTime()) })])).toHaveLength(1);
  expect(feedSignal.version).toBe(0);
});

test('what is forged, of an unknown server, or no statement at all changes nothing, and the rest is taken', async () => {
  const [a, stranger] = [createSigner(), createSigner()];
  const { take, statements } = receiver(a);
  const good = a.says({ kind: 'holdings', stamp: 1n, holds: [sha256] });
  const beat = a.says({ kind: 'heartbeat', stamp: 1n });
  const forged = [
    // Signed by another, in the name of a.
    { ...good, statement: { ...stranger.says({ kind: 'holdings', stamp: 9n, holds: [sha256] }).statement, iss: a.iss } },
    // Other contents, another time, another shard, another purpose under a signature of a's.
    { ...good, statement: { ...good.statement, entries: new Uint8Array(37) } },
    { ...good, statement: { ...good.statement, stamp: 9n } },
    { ...good, statement: { ...good.statement, shard: 3 } },
    { ...beat, statement: { ...beat.statement, signature: good.statement.signature } },
    stranger.says({ kind: 'heartbeat', stamp: 9n }),
    { ...beat, statement: { ...beat.statement, iss: 'nobody' } },
  ] as readonly Statement[];
  expect(await take(forged)).toEqual([]);
  expect((await statements.head()).position).toBe(0n);
  expect(await take([...forged, good])).toHaveLength(1);
});

test('asks for no key, and checks no signature, of what is known', async () => {
  const a = createSigner();
  const { take, asked } = receiver(a);
  await take([a.says({ kind: 'heartbeat', stamp: 5n })]);
  expect(asked).toEqual([[a.iss]]);
  await take([a.says({ kind: 'heartbeat', stamp: 4n })]);
  await take([]);
  expect(asked).toHaveLength(1);
});

test('how far a server has written goes on to others, and wakes nobody', async () => {
  const a = createSigner();
  const { take, statements, scheduler, feedSignal } = receiver(a);
  const said = a.says({ kind: 'writer', stamp: BigInt(scheduler.now().getTime()), lastStamp: 7n });
  expect(await take([said])).toHaveLength(1);
  expect(feedSignal.version).toBe(0);
  expect(await statements.writers([a.iss, own.iss])).toEqual([{ position: 1n, statement: said.statement }]);
});

test('what was signed in this server’s own name is never taken as it is: its own life answers it', async () => {
  const { take, statements, heardOfOwn } = receiver(own);
  const said = own.says({ kind: 'writer', stamp: 5n, lastStamp: 7n });
  expect(await take([said])).toEqual([]);
  expect(heardOfOwn).toEqual([said.statement]);
  expect(await statements.writers([own.iss])).toEqual([]);
});

test.each([
  ['names no start', { epoch: 'x' }],
  ['has a stamp below 0', { lastStamp: -1n }],
  ['has a floor below 0', { floor: -1n }],
])('a statement of a writer that %s is refused', async (_what, spoilt) => {
  const a = createSigner();
  const { take } = receiver(a);
  expect(await take([a.says({ kind: 'writer', stamp: 5n, lastStamp: 7n, ...spoilt })])).toEqual([]);
});
