import { type Stage, stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCoverage, coverageOf, type Known, type OwnProgress, type Site } from '../../src/domain/coverage.ts';
import { holdingsSubject, packHoldings, shardOf } from '../../src/domain/holdings.ts';
import { hash } from '../support/records.ts';

const now = new Date('2026-01-01T00:10:00Z');
const sha256 = hash('sha256', 'a content');
const since = new Date('2026-01-01T00:00:00Z');

function site(name: string, stage: Stage = 'Prod', silentMs = 1_000): Site {
  const heardAt = silentMs < 0 ? undefined : new Date(now.getTime() - silentMs);
  return { iss: hash('md5', name), name, stage, heardAt, blocked: false };
}

function known(sites: readonly Site[], holders: readonly Site[]): Known {
  const shard = shardOf(sha256);
  const entries = packHoldings([{ sha256, sinceMs: since.getTime() }]);
  const statements = new Map(
    holders.map(({ iss }) => [holdingsSubject(iss, shard), { iss, shard, stamp: 1n, entries, signature: new Uint8Array(64) }]),
  );
  return { ownIss: hash('md5', 'here'), sites, statements, now };
}

const nothing = () => undefined;
const statesOf = (sites: readonly { name: string; state: string }[]) => sites.map(({ name, state }) => `${name} ${state}`);

describe('coverage', () => {
  const [here, b, c, d] = [site('here'), site('b'), site('c'), site('d', 'Prod', 120_000)];

  test('counts what servers said, this one included, first', () => {
    const { held, of, sites } = coverageOf({ stage: 'Prod', sha256 }, known([c, b, here], [here, b]), nothing);
    expect([held, of]).toEqual([2, 3]);
    expect(statesOf(sites)).toEqual(['here verified', 'b verified', 'c waiting']);
    expect(sites[1]).toMatchObject({ since, heardAt: b.heardAt });
  });

  test('a server that was not heard of for two minutes is unknown, whatever it said, with when it was heard of last', () => {
    const never = site('e', 'Prod', -1);
    const { held, of, sites } = coverageOf({ stage: 'Prod', sha256 }, known([here, d, never], [d, never]), nothing);
    expect([held, of]).toEqual([0, 3]);
    expect(statesOf(sites)).toEqual(['here waiting', 'd unknown', 'e unknown']);
    expect(sites[1]).toMatchObject({ since: d.heardAt, reason: 'not heard since 2026-01-01T00:08:00.000Z' });
    expect(sites[2]).toMatchObject({ since: undefined, reason: 'never heard of' });
  });

  test('is of the servers whose stage admits the head', () => {
    const sites = [here, site('t', 'Test'), site('v', 'Dev')];
    const ofStage = (stage: Stage) => {
      const { of, sites: told } = coverageOf({ stage, sha256 }, known(sites, []), nothing);
      const counted = told.filter(({ state }) => state !== 'withheld').map(({ name }) => name);
      expect([counted.length, told.length]).toEqual([of, sites.length]);
      return counted;
    };
    expect(ofStage('Prod')).toEqual(['here', 't', 'v']);
    expect(ofStage('Test')).toEqual(['t', 'v']);
    expect(ofStage('Dev')).toEqual(['v']);
  });

  test('tells of those that are not to hold the head, and why, behind the others', () => {
    const [prod, test, blocked] = [site('p'), site('t', 'Test'), { ...site('a', 'Dev'), blocked: true }];
    const facts = known([prod, test, blocked, site('v', 'Dev'), here], [test]);
    const head = { stage: 'Dev', sha256 } as const;
    const { held, of, sites } = coverageOf(head, facts, nothing);
    expect([held, of]).toEqual([0, 1]);
    expect(sites.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ['v', 'waiting', 'it runs, and has not said that it holds this'],
      ['here', 'withheld', 'serves Prod, and this is in Dev only'],
      ['a', 'withheld', 'blocked here'],
      ['p', 'withheld', 'serves Prod, and this is in Dev only'],
      ['t', 'withheld', 'serves Test and Prod, and this is in Dev only; it said that it has the bytes all the same'],
    ]);
    const both = coverageOf(head, facts, nothing, [head, { stage: 'Prod', sha256 }]);
    expect(both.sites.at(-1)?.reason).toBe('serves Test and Prod: see Prod, which has the same');
  });

  test('counts a blocked server nowhere, whatever it said', () => {
    const facts = known([here, { ...b, blocked: true }], [here, b]);
    expect(coverageOf({ stage: 'Prod', sha256 }, facts, nothing)).toMatchObject({ held: 1, of: 1 });
    const counted = countCoverage([{ stage: 'Prod', sha256 }], facts);
    expect([counted.heads, counted.sites.map(({ name }) => name)]).toEqual([
      [{ held: 1, unknown: 0, of: 1, lackers: new Uint8Array(0) }],
      ['here'],
    ]);
  });

  test('tells of transfers of this server only, and only of what it does not hold', () => {
    const progress: OwnProgress = { state: 'retrying', reason: 'no route to host', nextTryAt: new Date(now.getTime() + 1) };
    const ask = (holders: readonly Site[]) => coverageOf({ stage: 'Prod', sha256 }, known([here, b], holders), () => progress);
    expect(ask([]).sites).toMatchObject([progress, { state: 'waiting', nextTryAt: undefined }]);
    expect(statesOf(ask([here]).sites)).toEqual(['here verified', 'b waiting']);
  });

  test('counts of many heads say the same as each by itself', () => {
    const sites = [here, b, c, d, site('t', 'Test'), site('v', 'Dev')];
    const facts = known(sites, [here, c, d]);
    const heads = (['Prod', 'Test', 'Dev'] as const).flatMap((stage) => [
      { stage, sha256 },
      { stage, sha256: hash('sha256', 'another') },
    ]);
    const counted = countCoverage(heads, facts);
    const single = heads.map((head) => coverageOf(head, facts, nothing));
    expect(counted.heads.map(({ held, of }) => [held, of])).toEqual(single.map(({ held, of }) => [held, of]));
    // `here` and `c` hold it, `d` is silent.
    expect(counted.heads[0]).toMatchObject({ held: 2, unknown: 1, of: 6 });
    for (const [index, head] of single.entries()) {
      const lackers = counted.sites.filter((_, place) => ((counted.heads[index]?.lackers[place >> 3] ?? 0) >> (place & 7)) & 1);
      expect(lackers.map(({ name }) => name)).toEqual(
        head.sites.filter(({ state }) => state === 'waiting').map(({ name }) => name),
      );
    }
    for (const total of counted.sites) {
      const mine = single.flatMap((head) => head.sites.filter((one) => one.iss === total.iss && one.state !== 'withheld'));
      expect([total.held, total.of]).toEqual([mine.filter(({ state }) => state === 'verified').length, mine.length]);
    }
  });

  test('counts say the same as each head by itself, whatever the servers hold, and name those that lack it', () => {
    // Of two shards, and some with the same first digits.
    const contents = ['00', '00aa', '00ab', 'ff', 'ffaa'].map((digits) => digits.padEnd(64, '0'));
    const oneSite = fc.record({
      ...{ stage: fc.constantFrom(...stages), silentMs: fc.constantFrom(-1, 0, 119_999, 120_000) },
      ...{ blocked: fc.boolean(), holds: fc.subarray(contents) },
    });
    const asked = fc.array(fc.record({ stage: fc.constantFrom(...stages), sha256: fc.constantFrom(...contents) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(oneSite, { maxLength: 20 }), asked, (drawn, heads) => {
        const sites = drawn.map(({ stage, silentMs, blocked }, index) => ({ ...site(`${index}`, stage, silentMs), blocked }));
        const statements = drawn.flatMap(({ holds }, index) =>
          [0x00, 0xff].map((shard) => {
            const entries = packHoldings(
              holds.filter((one) => shardOf(one) === shard).map((one) => ({ sha256: one, sinceMs: since.getTime() })),
            );
            const { iss } = site(`${index}`);
            return [holdingsSubject(iss, shard), { iss, shard, stamp: 1n, entries, signature: new Uint8Array(64) }] as const;
          }),
        );
        const facts = { ownIss: hash('md5', '0'), sites, statements: new Map(statements), now };
        const counted = countCoverage(heads, facts);
        for (const [index, head] of heads.entries()) {
          const single = coverageOf(head, facts, nothing);
          const lackers = counted.heads[index]?.lackers ?? new Uint8Array(0);
          const inState = (wanted: string) => single.sites.filter(({ state }) => state === wanted).map(({ iss }) => iss);
          const [held, unknown] = [inState('verified').length, inState('unknown').length];
          expect(counted.heads[index]).toMatchObject({ held, unknown, of: single.of });
          const named = counted.sites.filter((_, place) => ((lackers[place >> 3] ?? 0) >> (place & 7)) & 1);
          expect(named.map(({ iss }) => iss)).toEqual(inState('waiting'));
          expect(lackers.at(-1)).not.toBe(0);
        }
        for (const { iss, held } of counted.sites) {
          const all = heads.map((head) => coverageOf(head, facts, nothing).sites.find((one) => one.iss === iss));
          expect(held).toBe(all.filter((one) => one?.state === 'verified').length);
        }
      }),
    );
  });
});
