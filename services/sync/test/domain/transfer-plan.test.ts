import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Retry } from '../../src/domain/transfer.ts';
import { planTransfers, sourcesOf, type WaitingContent } from '../../src/domain/transfer-plan.ts';

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
