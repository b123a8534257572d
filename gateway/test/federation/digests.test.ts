import { expect, test } from 'vitest';
import { testApp } from '../test-app.ts';

const iss = 'e'.repeat(32);
const peer = {
  ...{ id: 2, iss, name: 'Berlin', url: 'http://10.0.0.2:8080', stage: 'Prod', firewalledMode: false },
  ...{
    publicKey: new Uint8Array(32),
    registeredAt: new Date(0),
    clockOffsetMs: 0n,
    stageCap: 'Prod',
    introduces: true,
    version: 1n,
  },
};

/** A gateway that a peer asks, and what it asks of sync. */
async function asked() {
  const calls: unknown[] = [];
  const app = await testApp({
    trust: { verifyRequest: async () => ({ peer }) },
    digests: {
      compareRanges: async (request) => {
        calls.push(request);
        return { differing: [3], packages: 7 };
      },
      listDigests: async (request) => {
        calls.push(request);
        return { entries: new Uint8Array(48), next: '' };
      },
      readRecords: async (request) => {
        calls.push(request);
        return { items: [], profiles: [], taken: 1 };
      },
      askToCompare: async (request) => {
        calls.push(request);
        return {};
      },
    },
  });
  const ask = async (payload: object) => {
    const answer = await app.inject({ method: 'POST', url: '/api/ods/v1/digests', payload });
    return [answer.statusCode, answer.json()];
  };
  return { calls, ask };
}

test('each question of a comparison is answered by its own fields', async () => {
  const { calls, ask } = await asked();
  const ranges = Buffer.alloc(8_192, 7);
  expect(await ask({ ranges: ranges.toString('base64') })).toEqual([200, { differing: [3], packages: 7 }]);
  expect(await ask({ list: [3, 9], after: 'f'.repeat(32) })).toEqual([
    200,
    { entries: Buffer.alloc(48).toString('base64'), next: '' },
  ]);
  expect(await ask({ uuids: [iss] })).toEqual([200, { items: [], profiles: [], taken: 1 }]);
  expect(await ask({ compare: true, unheardOf: 1 })).toEqual([200, {}]);
  expect(calls).toEqual([
    { ranges: new Uint8Array(ranges) },
    { ranges: [3, 9], after: 'f'.repeat(32) },
    { uuids: [iss] },
    { peerIss: iss },
  ]);
});

test.each([
  ['nothing', {}],
  ['no comparison', { compare: false }],
  ['a range beyond the last', { list: [256] }],
  ['a cursor that is no uuid', { list: [3], after: 'x' }],
  ['an id that is none', { uuids: ['x'] }],
  ['more than 100 records', { uuids: Array.from({ length: 101 }, () => iss) }],
  ['more than all ranges', { ranges: 'A'.repeat(10_925) }],
])('a question for %s is refused', async (_what, payload) => {
  const { calls, ask } = await asked();
  expect(await ask(payload)).toMatchObject([422, { code: expect.stringContaining('COMMON_REQUEST_') }]);
  expect(calls).toEqual([]);
});
