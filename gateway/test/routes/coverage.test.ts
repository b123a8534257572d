import type { Package } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { content, head, nomad, testApp } from '../test-app.ts';

const iss = 'd'.repeat(32);
/** A server that was not heard of lately. */
const silent = 'e'.repeat(32);
const at = '2026-01-01T00:00:00.000Z';
const sha = (digit: string) => digit.repeat(64);

/** Packages with these contents in these stages, by id. */
function packagesOf(heads: Readonly<Record<number, Readonly<Record<string, string>>>>): readonly Package[] {
  return Object.entries(heads).map(([id, stages]) => ({
    ...{ ...nomad, id: Number(id), filename: `${id}.pkg` },
    heads: Object.entries(stages).map(([stage, sha256]) => head(stage as 'Dev', { content: content(sha256) })),
  }));
}

/** What catalog tells of a package to who counts. */
const headsOf = ({ id, filename, heads }: Package) => ({
  ...{ id, filename },
  heads: heads.flatMap(({ stage, content: one }) => (one === undefined ? [] : [{ stage, ...one }])),
});

/** The gateway over these packages; `held` of 3 servers hold a content. */
async function counting(packages: readonly Package[], held: Readonly<Record<string, number>>) {
  const asked: number[] = [];
  const site = { iss, name: 'Berlin', stage: 'Prod', isHeard: true, heardAt: new Date(at) };
  const app = await testApp({
    packages: {
      listHeads: async ({ after = 0 }) => {
        const from = packages.findIndex(({ id }) => id === after) + 1;
        const page = packages.slice(from, from + 2);
        return { packages: page.map(headsOf), next: from + 2 < packages.length ? (page.at(-1)?.id ?? 0) : 0 };
      },
    },
    coverage: {
      countCoverage: async ({ heads = [] }) => {
        asked.push(heads.length);
        const counts = heads.map(({ sha256 = '' }) => {
          const count = held[sha256] ?? 0;
          return { held: count, unknown: 1, of: 3, lackers: new Uint8Array(count > 0 ? [] : [1]) };
        });
        const oslo = { ...site, iss: silent, name: 'Oslo', isHeard: false, held: 0, of: heads.length };
        return { heads: counts, sites: [{ ...site, held: counts.filter((one) => one.held > 0).length, of: heads.length }, oslo] };
      },
    },
  });
  const list = async (query = '') => (await app.inject(`/api/v1/coverage${query}`)).json();
  return { app, asked, list };
}

describe('coverage of a package', () => {
  test('has each stage with a content, and each server with its state and times', async () => {
    const sites = [
      { iss, name: 'Berlin', state: 'verified', since: new Date(at), reason: '', nextTryAt: undefined, heardAt: new Date(at) },
      { iss, name: 'Paris', state: 'unknown', since: undefined, reason: 'never', nextTryAt: undefined, heardAt: undefined },
    ];
    const shown = { ...nomad, heads: [head('Dev', { content: undefined, status: '' }), head('Prod')] };
    const asked: unknown[] = [];
    const app = await testApp({
      packages: { getPackage: async () => ({ package: shown }) },
      coverage: {
        getCoverage: async ({ heads = [] }) => {
          asked.push(heads);
          return { heads: heads.map(({ stage = '', sha256 = '' }) => ({ head: { stage, sha256 }, held: 1, of: 2, sites })) };
        },
      },
    });
    const nothing = { since: null, reason: null, nextTryAt: null, heardAt: null };
    expect((await app.inject('/api/v1/packages/7/coverage')).json()).toEqual({
      items: [
        {
          ...{ stage: 'Prod', sha256: sha('b'), held: 1, of: 2 },
          sites: [
            { ...nothing, iss, name: 'Berlin', state: 'verified', since: at, heardAt: at },
            { ...nothing, iss, name: 'Paris', state: 'unknown', reason: 'never' },
          ],
        },
      ],
      next: null,
      waited: null,
    });
    expect(asked).toEqual([[{ stage: 'Prod', sha256: sha('b') }]]);
  });

  test('waits for those that are named, for the stage that is asked for, as long as it is told', async () => {
    const asked: unknown[] = [];
    const app = await testApp({
      packages: { getPackage: async () => ({ package: { ...nomad, heads: [head('Dev'), head('Prod')] } }) },
      coverage: {
        waitCoverage: async ({ heads = [], goal, waitMs }, options) => {
          asked.push([heads, goal, waitMs, options?.timeoutMs, options?.signal?.aborted]);
          const missing = {
            iss,
            name: 'Oslo',
            state: 'waiting',
            since: undefined,
            reason: '',
            nextTryAt: undefined,
            heardAt: undefined,
          };
          return { heads: [], complete: false, missing: [missing] };
        },
      },
    });
    const answer = await app.inject('/api/v1/packages/7/coverage?wait=Oslo&waitSeconds=9&stage=Dev');
    const oslo = { iss, name: 'Oslo', state: 'waiting', since: null, reason: null, nextTryAt: null, heardAt: null };
    expect(answer.json()).toEqual({ items: [], next: null, waited: { complete: false, missing: [oslo] } });
    expect(asked).toEqual([[[{ stage: 'Dev', sha256: sha('b') }], 'Oslo', 9_000, 19_000, false]]);
    for (const query of ['wait=', 'waitSeconds=601', 'waitSeconds=x', 'stage=dev']) {
      expect((await app.inject(`/api/v1/packages/7/coverage?${query}`)).statusCode).toBe(422);
    }
  });
});

describe('coverage of all packages', () => {
  const packages = packagesOf({ 1: { Prod: sha('1') }, 2: { Dev: sha('2'), Prod: sha('1') }, 3: { Test: sha('3') } });
  const withheld = packagesOf({ 4: { Dev: sha('4') } }).map((one) => ({ ...one, status: 'Withheld' }));

  test('has those that most servers lack first, those withheld here too', async () => {
    const { list } = await counting([...packages, ...withheld], { [sha('1')]: 3, [sha('3')]: 1, [sha('4')]: 2 });
    const { items, next, sites, countedAt } = await list();
    expect(items.map(({ filename, stage, held }: Record<string, unknown>) => `${filename} ${stage} ${held}`)).toEqual([
      '2.pkg Dev 0',
      '3.pkg Test 1',
      '4.pkg Dev 2',
      '1.pkg Prod 3',
      '2.pkg Prod 3',
    ]);
    expect(next).toBeNull();
    const berlin = { iss, name: 'Berlin', stage: 'Prod', isHeard: true, heardAt: at, held: 4, of: 5, lacksBytes: 3_460_301 };
    expect(sites).toEqual([berlin, { ...berlin, iss: silent, name: 'Oslo', isHeard: false, held: 0, lacksBytes: 0 }]);
    expect(Date.parse(countedAt)).not.toBeNaN();
  });

  test('comes in pages that have each head once, and of one stage where that is asked for', async () => {
    const { list, asked } = await counting(packages, { [sha('1')]: 3, [sha('3')]: 1 });
    const names: string[] = [];
    let query = '?limit=1';
    for (let pages = 0; pages < 9; pages += 1) {
      const { items, next } = await list(query);
      names.push(...items.map(({ filename, stage }: Record<string, unknown>) => `${filename} ${stage}`));
      if (next === null) break;
      query = `?limit=1&after=${next}`;
    }
    expect(names).toEqual(['2.pkg Dev', '3.pkg Test', '1.pkg Prod', '2.pkg Prod']);
    expect((await list('?stage=Prod')).items).toHaveLength(2);
    // Counted once for all of these answers.
    expect(asked).toEqual([4]);
  });

  test('names who lacks what, and lists what a server lacks or holds', async () => {
    const { list } = await counting([...packages, ...withheld], { [sha('1')]: 3, [sha('3')]: 1, [sha('4')]: 2 });
    const named = async (query: string) =>
      (await list(query)).items.map(({ filename, stage }: Record<string, unknown>) => `${filename} ${stage}`);
    expect((await list()).items.map(({ lackedBy }: { readonly lackedBy: unknown }) => lackedBy)).toEqual([[iss], [], [], [], []]);
    expect(await named(`?lackedBy=${iss}`)).toEqual(['2.pkg Dev']);
    // Berlin serves Prod: it is not asked for what is in other stages alone.
    expect(await named(`?heldBy=${iss}`)).toEqual(['1.pkg Prod', '2.pkg Prod']);
    expect(await named(`?heldBy=${iss}&lackedBy=${iss}`)).toEqual([]);
    // Of one that was not heard of nothing is known, and of one that is not known neither.
    for (const one of [silent, 'f'.repeat(32)]) {
      expect([await named(`?lackedBy=${one}`), await named(`?heldBy=${one}`)]).toEqual([[], []]);
    }
  });

  test('holds a server for silent that was not heard of in each of the questions', async () => {
    const many = packagesOf(
      Object.fromEntries(Array.from({ length: 2_001 }, (_, index) => [index + 1, { Prod: String(index).padStart(64, '0') }])),
    );
    const site = { iss, name: 'Berlin', stage: 'Prod', heardAt: new Date(at) };
    let questions = 0;
    const app = await testApp({
      packages: { listHeads: async () => ({ packages: many.map(headsOf), next: 0 }) },
      coverage: {
        countCoverage: async ({ heads = [] }) => {
          questions += 1;
          const isHeard = questions === 2;
          const counts = heads.map(() => ({
            held: 0,
            unknown: isHeard ? 0 : 1,
            of: 1,
            lackers: new Uint8Array(isHeard ? [1] : []),
          }));
          return { heads: counts, sites: [{ ...site, isHeard, held: 0, of: heads.length }] };
        },
      },
    });
    const { items, sites } = (await app.inject(`/api/v1/coverage?heldBy=${iss}`)).json();
    expect([questions, items, sites]).toMatchObject([2, [], [{ isHeard: false, held: 0, lacksBytes: 0, of: 2_001 }]]);
  });

  test.each([['lackedBy=Berlin'], ['heldBy=x'], ['sort=best'], ['after=x'], ['after=1.2.3'], ['stage=Live']])(
    'refuses ?%s',
    async (query) => {
      const { app } = await counting(packages, {});
      expect((await app.inject(`/api/v1/coverage?${query}`)).statusCode).toBe(422);
    },
  );
});
