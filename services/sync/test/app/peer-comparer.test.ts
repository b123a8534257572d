import { createHash } from 'node:crypto';
import { createVirtualTime } from '@odst/async/testing';
import { createMemoryEventStore } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { createMemoryPeerStore } from '../../src/adapters/memory-peer-store.ts';
import { ownRanges } from '../../src/app/answer-digests.ts';
import type { CompareDeps } from '../../src/app/compare-with-peer.ts';
import type { PeerDigests } from '../../src/app/comparison-ports.ts';
import { createPeerComparer } from '../../src/app/peer-comparer.ts';
import { createStreams } from '../../src/app/streams.ts';
import { type Comparison, entriesOf } from '../../src/domain/comparison.ts';
import { hash, issOf, recordOf } from '../support/records.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const b = issOf('b');
const signal = new AbortController().signal;
const never = async (): Promise<never> => {
  throw new Error('nothing differs');
};

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** A comparer of a peer that has the same, or answers otherwise. */
function comparer(asked: Partial<PeerDigests> = {}, random = 0.5, onRead: (uuids: readonly string[]) => void = () => undefined) {
  const time = createVirtualTime();
  const peers = createMemoryPeerStore();
  const catalog: CompareDeps['catalog'] = {
    records: (uuids) => {
      onRead(uuids);
      return iterate([]);
    },
    recordDigests: async () => [],
  };
  const same: PeerDigests = {
    compareRanges: async () => ({ differing: [], packages: 0 }),
    listDigests: never,
    readRecords: never,
    askToCompare: never,
  };
  const compares = createPeerComparer(
    {
      servers: { ...same, ...asked },
      catalog,
      peers,
      streams: createStreams(createMemoryEventStore({ clock: time })),
      scheduler: time,
      chance: { random: () => random, uuid: () => hash('md5', `${Math.random()}`) },
      logger: createSilentLogger(),
      mendFeed: async () => undefined,
    },
    b,
  );
  const run = () => compares.run({ catchUp: async () => undefined, take: async () => [] }, signal);
  return { time, peers, compares, run };
}

const equal: Comparison = {
  ...{ comparedAt: new Date('2026-01-01T00:00:00Z'), outcome: 'equal', packages: 7, differed: 0, repaired: 0 },
  ...{ heldBack: 0, lacking: 0, unexplained: 0, examples: [], reason: '' },
};

test('is due within an hour, and then once a day, at a time that chance decides', async () => {
  for (const random of [0, 0.5, 0.999]) {
    const { time, compares, run } = comparer({}, random);
    await time.pass(299_000);
    expect(compares.isDue).toBe(false);
    await time.pass(2_000 + random * (hourMs - 300_000));
    expect(compares.isDue).toBe(true);
    await run();
    await time.pass(dayMs * (0.9 + 0.2 * random) - 1_000);
    expect(compares.isDue).toBe(false);
    await time.pass(2_000);
    expect(compares.isDue).toBe(true);
  }
});

test('after a start goes on within a day where the last one is dated ahead of a clock that was set back', async () => {
  const { time, compares } = comparer();
  compares.remember({ ...equal, comparedAt: new Date(time.now().getTime() + 400 * dayMs) });
  await time.pass(1.1 * dayMs + 1_000);
  expect(compares.isDue).toBe(true);
});

test('after a start goes on from the last one, and does not begin at once where a day has passed', async () => {
  const { time, compares } = comparer();
  compares.remember({ ...equal, comparedAt: time.now() });
  await time.pass(dayMs - 1_000);
  expect(compares.isDue).toBe(false);
  await time.pass(2_000);
  expect(compares.isDue).toBe(true);
  const late = comparer();
  late.compares.remember({ ...equal, comparedAt: new Date(late.time.now().getTime() - 7 * dayMs) });
  expect([late.compares.isDue, late.compares.last?.outcome]).toEqual([false, 'equal']);
  await late.time.pass(600_000);
  expect(late.compares.isDue).toBe(true);
});

test('one that failed is tried again after an hour, and its reason is kept', async () => {
  const failing = async (): Promise<never> => {
    throw new OdstError('SYNC_PEER_FAILED', 'the connection broke');
  };
  const { time, compares, peers, run } = comparer({ compareRanges: failing });
  const asked = compares.ask();
  expect([compares.isDue, compares.isComparing]).toEqual([true, true]);
  await run();
  expect(await asked).toMatchObject({ outcome: 'failed', reason: 'the connection broke' });
  expect((await peers.load(b)).comparison).toEqual(compares.last);
  await time.pass(hourMs - 1_000);
  expect(compares.isDue).toBe(false);
  await time.pass(2_000);
  expect(compares.isDue).toBe(true);
});

test('a peer has this server compare, but not more often than every ten minutes', async () => {
  const { time, compares, run } = comparer();
  await run();
  compares.hint();
  await time.pass(599_000);
  compares.hint();
  expect(compares.isDue).toBe(false);
  await time.pass(17_000);
  expect(compares.isDue).toBe(true);
});

test('a peer that answers without end, or nonsense, fails alone', async () => {
  const hangs = comparer({
    compareRanges: (_iss, _ranges, ended) =>
      new Promise((_, reject) => ended.addEventListener('abort', () => reject(ended.reason))),
  });
  const running = hangs.run();
  await hangs.time.pass(16 * 60_000);
  await running;
  expect(hangs.compares.last).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('15 minutes') });
  const entry = (byte: string) => ({ uuid: byte.repeat(16), digest: 'cd'.repeat(32) });
  for (const page of [
    { digests: [entry('04')], next: '' },
    { digests: [entry('03')], next: entry('03').uuid },
    { digests: [], next: entry('03').uuid },
  ]) {
    const { compares, run } = comparer({
      compareRanges: async () => ({ differing: [3], packages: 1 }),
      listDigests: async () => page,
    });
    await run();
    expect(compares.last).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('nonsense') });
  }
});

test('the digest of a range is that of its entries, and one without packages that of nothing', async () => {
  const digests = ['00', '03', '03ff', 'ff'].map((begin) => ({ uuid: begin.padEnd(32, '0'), digest: hash('sha256', begin) }));
  const recordDigests = async ({ after, limit }: { readonly after: string; readonly limit: number }) =>
    digests.filter(({ uuid }) => uuid > after).slice(0, limit);
  const { ranges, packages } = await ownRanges({ recordDigests }, signal);
  const rangeAt = (range: number) => Buffer.from(ranges.subarray(range * 32, (range + 1) * 32)).toString('hex');
  expect([ranges.length, packages]).toEqual([8_192, 4]);
  expect(rangeAt(1)).toBe(hash('sha256', ''));
  const both = Buffer.from(entriesOf(digests.slice(1, 3)));
  expect(both.length).toBe(96);
  expect(rangeAt(3)).toBe(createHash('sha256').update(both).digest('hex'));
});

test('keeps nothing of an answer once it was looked at, though a peer answers each package by itself', async () => {
  const records = ['x', 'y', 'z'].map((name) => recordOf({ filename: `${name}.pkg`, by: b }));
  const uuids = records.map(({ uuid }) => uuid).toSorted();
  const theirs = uuids.map((uuid) => ({ uuid, digest: hash('sha256', uuid) }));
  const lookedAt: (readonly string[])[] = [];
  const { time, compares, run } = comparer(
    {
      compareRanges: async () => ({ differing: uuids.map((uuid) => Number.parseInt(uuid.slice(0, 2), 16)), packages: 3 }),
      listDigests: async () => ({ digests: theirs, next: '' }),
      readRecords: async (_peer, [first]) => {
        return { records: records.filter(({ uuid }) => uuid === first), profiles: [], malformed: [], taken: 1 };
      },
    },
    0.5,
    (asked) => lookedAt.push(asked),
  );
  const ran = run();
  await time.pass(5_000);
  await ran;
  expect(lookedAt).toEqual(uuids.map((uuid) => [uuid]));
  expect(compares.last).toMatchObject({ outcome: 'different', differed: 3, unexplained: 3 });
  expect(compares.last?.examples.map(({ filename }) => filename).toSorted()).toEqual(['x.pkg', 'y.pkg', 'z.pkg']);
});
