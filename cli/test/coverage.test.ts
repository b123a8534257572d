import { describe, expect, test } from 'vitest';
import { odst } from './support/odst.ts';

const at = '2026-01-01T00:00:00.000Z';
const sha256 = 'b'.repeat(64);
const covered = { id: 7, filename: 'NoMAD.pkg', stage: 'Prod', sha256, held: 1, unknown: 1, of: 3 };
const sites = [
  { name: 'Berlin', stage: 'Prod', isHeard: true, heardAt: at, held: 4, of: 5 },
  { name: 'Paris', stage: 'Dev', isHeard: false, heardAt: null, held: 0, of: 9 },
];

describe('odst coverage list', () => {
  test('tells how much each server holds, and what most servers lack', async () => {
    const { out, requests } = await odst('coverage list', [
      { items: [covered, { ...covered, id: 8, filename: 'b.pkg', held: 3, unknown: 0 }], next: null, sites, countedAt: at },
    ]);
    expect(out).toEqual([
      'SERVER  STAGE  HOLDS          HEARD OF',
      `Berlin  Prod   4 of 5         ${at}`,
      'Paris   Dev    unknown, of 9  never',
      '',
      'ID  NAME       STAGE  HELD    UNKNOWN  SHA-256',
      '7   NoMAD.pkg  Prod   1 of 3  1        bbbbbbbbbbbb',
    ]);
    expect(requests[0]).toContain('/api/v1/coverage?sort=worst&limit=50');
  });

  test('says where nothing is lacking', async () => {
    const { out } = await odst('coverage list', [{ items: [{ ...covered, held: 3 }], next: null, sites, countedAt: at }]);
    expect(out.at(-1)).toBe('every server holds all that it is to hold');
  });
});

describe('odst coverage show', () => {
  test('tells each server of each stage, and why it does not hold it', async () => {
    const nothing = { since: null, reason: null, nextTryAt: null, heardAt: at };
    const heads = [
      {
        ...{ stage: 'Prod', sha256, held: 1, of: 2 },
        sites: [
          { ...nothing, name: 'Berlin', state: 'verified', since: at },
          { ...nothing, name: 'Paris', state: 'retrying', reason: 'no route to host', nextTryAt: at },
        ],
      },
    ];
    const { out, requests } = await odst('coverage show NoMAD.pkg', [
      { id: 7, filename: 'NoMAD.pkg' },
      { items: heads, next: null },
    ]);
    expect(out).toEqual([
      'NoMAD.pkg in Prod (bbbbbbbbbbbb): 1 of 2 servers hold it',
      'SERVER  STATE     SINCE                     HEARD OF                  WHY',
      `Berlin  verified  ${at}  ${at}  -`,
      `Paris   retrying  -                         ${at}  no route to host; next try ${at}`,
    ]);
    expect(requests.map((request) => request.split(' ')[1])).toEqual([
      'http://127.0.0.1:8080/api/v1/packages/NoMAD.pkg',
      'http://127.0.0.1:8080/api/v1/packages/7/coverage',
    ]);
  });

  test('says where a package has nothing', async () => {
    const { out } = await odst('coverage show 7', [
      { id: 7, filename: 'NoMAD.pkg' },
      { items: [], next: null },
    ]);
    expect(out).toEqual(['NoMAD.pkg has no content in any stage']);
  });
});
