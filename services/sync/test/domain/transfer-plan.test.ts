import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Retry } from '../../src/domain/transfer.ts';
import { bestSourceOf, sourcesOf, type TransferPlan, type WaitingContent } from '../../src/domain/transfer-plan.ts';
import { createTransferQueue } from '../../src/domain/transfer-queue.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);

const content = (sha256: string, parts: Partial<WaitingContent> = {}): WaitingContent => ({
  sha256,
  manifestDigest: 'm',
  toldByIss: 'a',
  holders: [],
  here: undefined,
  bySource: new Map(),
  ...parts,
});

/** A plan of these contents and of nothing that was before. */
function planTransfers(input: {
  readonly waiting: readonly WaitingContent[];
  readonly freeSlots: ReadonlyMap<string, number>;
  readonly now: Date;
}): TransferPlan {
  const queue = createTransferQueue();
  for (const [order, one] of input.waiting.entries()) queue.put(one, order);
  return queue.plan(input.now, input.freeSlots);
}

test('takes the peer that told when it is online', () => {
  const waiting = [content('x', { holders: [{ peerIss: 'b', likely: true }] })];
  const plan = planTransfers({
    waiting,
    freeSlots: new Map([
      ['a', 2],
      ['b', 2],
    ]),
    now,
  });
  expect(plan.starts).toEqual([{ sha256: 'x', manifestDigest: 'm', sourceIss: 'a' }]);
});

test('takes another peer whose feed names the content when the one that told is offline', () => {
  const waiting = [content('x', { holders: [{ peerIss: 'b', likely: true }] })];
  expect(planTransfers({ waiting, freeSlots: new Map([['b', 2]]), now }).starts).toEqual([
    { sha256: 'x', manifestDigest: 'm', sourceIss: 'b' },
  ]);
});

test('asks no peer whose feed does not name the content', () => {
  expect(planTransfers({ waiting: [content('x')], freeSlots: new Map([['b', 2]]), now }).starts).toEqual([]);
});

test('alternates: a source that failed comes after those that did not', () => {
  const bySource = new Map([['a', { failures: 1, nextTryAt: later(-1), badManifest: false }]]);
  const waiting = content('x', {
    bySource,
    holders: [
      { peerIss: 'b', likely: false },
      { peerIss: 'c', likely: true },
    ],
  });
  expect(sourcesOf(waiting)).toEqual(['c', 'b', 'a']);
});

test('waits for the pause of the only source, and says until when', () => {
  const bySource = new Map([['a', { failures: 3, nextTryAt: later(8_000), badManifest: false }]]);
  const plan = planTransfers({ waiting: [content('x', { bySource })], freeSlots: new Map([['a', 2]]), now });
  expect(plan).toEqual({ starts: [], lookAgainAt: later(8_000) });
});

test('starts nothing before the pause of this server’s own failure ends', () => {
  const waiting = [content('x', { here: { failures: 1, nextTryAt: later(1_000), badManifest: false } })];
  const plan = planTransfers({ waiting, freeSlots: new Map([['a', 2]]), now });
  expect(plan).toEqual({ starts: [], lookAgainAt: later(1_000) });
});

test('gives a peer no more than it has room for, and spreads the rest', () => {
  const holders = [{ peerIss: 'b', likely: true }];
  const waiting = ['u', 'v', 'w', 'x', 'y'].map((sha256) => content(sha256, { holders }));
  const plan = planTransfers({
    waiting,
    freeSlots: new Map([
      ['a', 2],
      ['b', 2],
    ]),
    now,
  });
  expect(plan.starts.map((start) => start.sourceIss)).toEqual(['a', 'a', 'b', 'b']);
});

const iss = fc.constantFrom('a', 'b', 'c', 'd');
const retry: fc.Arbitrary<Retry> = fc.record({
  failures: fc.integer({ min: 1, max: 9 }),
  nextTryAt: fc.integer({ min: -10_000, max: 10_000 }).map(later),
  badManifest: fc.boolean(),
});
const waitingContents = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 20 }).chain((names) =>
  fc.tuple(
    ...names.map((sha256) =>
      fc.record({
        sha256: fc.constant(sha256),
        manifestDigest: fc.constant('m'),
        toldByIss: fc.oneof(iss, fc.constant('')),
        holders: fc.uniqueArray(fc.record({ peerIss: iss, likely: fc.boolean() }), { selector: (holder) => holder.peerIss }),
        here: fc.option(retry, { nil: undefined, freq: 8 }),
        bySource: fc.dictionary(iss, retry).map((entries) => new Map(Object.entries(entries))),
      }),
    ),
  ),
);
const slots = fc.dictionary(iss, fc.nat(2)).map((entries) => new Map(Object.entries(entries)));

test('never overloads a peer, never starts twice or too early, and leaves no slot idle that could serve', () => {
  fc.assert(
    fc.property(waitingContents, slots, (waiting, freeSlots) => {
      const { starts, lookAgainAt } = planTransfers({ waiting, freeSlots, now });
      const used = (peer: string) => starts.filter((start) => start.sourceIss === peer).length;
      const ready = (each: WaitingContent, peer: string) =>
        (each.here?.nextTryAt ?? now) <= now && (each.bySource.get(peer)?.nextTryAt ?? now) <= now;

      expect(new Set(starts.map((start) => start.sha256)).size).toBe(starts.length);
      for (const peer of freeSlots.keys()) expect(used(peer)).toBeLessThanOrEqual(freeSlots.get(peer) ?? 0);
      for (const each of waiting) {
        const source = starts.find((start) => start.sha256 === each.sha256)?.sourceIss;
        if (source !== undefined) {
          expect(sourcesOf(each)).toContain(source);
          expect(freeSlots.has(source) && ready(each, source)).toBe(true);
          continue;
        }
        for (const peer of sourcesOf(each).filter((candidate) => freeSlots.has(candidate))) {
          if (ready(each, peer)) expect(used(peer)).toBe(freeSlots.get(peer));
          else expect(lookAgainAt !== undefined && lookAgainAt > now).toBe(true);
        }
      }
    }),
  );
});

test('plans after any history as it would from nothing', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), name: fc.nat(5), at: fc.nat(100) }),
    fc.record({ kind: fc.constant('remove' as const), name: fc.nat(5) }),
    fc.record({ kind: fc.constant('plan' as const), slots, passedMs: fc.nat(5_000) }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.array(waitingContents, { minLength: 1, maxLength: 5 }),
      (steps, pool) => {
        const queue = createTransferQueue();
        const waits = new Map<string, { readonly content: WaitingContent; readonly order: number }>();
        const all = pool.flat();
        let clock = now;
        for (const [index, one] of steps.entries()) {
          if (one.kind === 'put') {
            const found = all[one.at % Math.max(1, all.length)];
            if (found === undefined) continue;
            const given = { content: { ...found, sha256: `s${one.name}` }, order: waits.get(`s${one.name}`)?.order ?? index };
            waits.set(given.content.sha256, given);
            queue.put(given.content, given.order);
          } else if (one.kind === 'remove') {
            waits.delete(`s${one.name}`);
            queue.remove({ sha256: `s${one.name}`, manifestDigest: 'm' });
          } else {
            clock = new Date(clock.getTime() + one.passedMs);
            const fresh = createTransferQueue();
            for (const { content: waiting, order } of waits.values()) fresh.put(waiting, order);
            const plan = queue.plan(clock, one.slots);
            expect(plan).toEqual(fresh.plan(clock, one.slots));
            for (const { sha256 } of plan.starts) waits.delete(sha256);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('names the best source as the first of all', () => {
  fc.assert(
    fc.property(waitingContents, (waiting) => {
      for (const one of waiting) expect(bestSourceOf(one)).toBe(sourcesOf(one)[0]);
    }),
  );
});

test('a plan looks at the peers with room, not at all that waits', () => {
  const queue = createTransferQueue();
  const peers = Array.from({ length: 50 }, (_, index) => `peer ${index}`);
  let looks = 0;
  const holders = peers.map((peerIss) => ({ peerIss, likely: true }));
  for (let index = 0; index < 10_000; index += 1) {
    const waiting = content(`content ${index}`, { toldByIss: peers[index % 50] ?? '' });
    queue.put(
      {
        ...waiting,
        get holders() {
          looks += 1;
          return holders;
        },
      },
      index,
    );
  }
  looks = 0;
  expect(queue.plan(now, new Map(peers.map((iss) => [iss, 2]))).starts).toHaveLength(100);
  expect(queue.plan(now, new Map(peers.map((iss) => [iss, 0]))).starts).toHaveLength(0);
  expect(queue.plan(now, new Map([['peer 7', 1]])).starts).toHaveLength(1);
  // One look at the sources of each that is started.
  expect(looks).toBe(101);
});
