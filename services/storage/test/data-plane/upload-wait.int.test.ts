import { OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Spread, SpreadState } from '../../src/app/ports.ts';
import { type DataPlaneFixture, formOf, startDataPlaneFixture } from './data-plane-fixture.ts';
import { hexOf } from './tus-client.ts';

const oslo = { iss: 'e'.repeat(32), name: 'Oslo', state: 'waiting', reason: '' };
const reached: SpreadState = { complete: true, held: 2, of: 2, missing: [] };

let plane: DataPlaneFixture;
let waits: { sha256: string; stage: string; goal: string; waitMs: number; signal: AbortSignal }[] = [];
let answer: (signal: AbortSignal) => Promise<SpreadState> = async () => reached;

const spread: Spread = {
  async check(goal) {
    if (goal === 'Nowhere') throw new OdstError('COMMON_REQUEST_INVALID', 'there is no server Nowhere', { pointer: '/wait' });
  },
  wait(head, goal, signal) {
    waits.push({ ...head, ...goal, signal });
    return answer(signal);
  },
};

beforeAll(async () => {
  plane = await startDataPlaneFixture({ spread });
});
afterAll(() => plane[Symbol.asyncDispose]());

const post = (query: string, name: string, init: RequestInit = {}) => {
  const bytes = Buffer.from(`bytes of ${name}`);
  const body = formOf(['stage', 'Test'], ['file', { name, bytes }]);
  waits = [];
  return fetch(`${plane.url}/api/admin/upload${query}`, { method: 'POST', body, ...init });
};

test('an upload waits for those that it names, and says how far it has spread', async () => {
  answer = async () => reached;
  const done = await post('?wait=all', 'all.pkg');
  expect([done.status, await done.json()]).toMatchObject([201, { filename: 'all.pkg', spread: { ...reached, reason: null } }]);
  const sha256 = hexOf('sha256', Buffer.from('bytes of all.pkg'));
  expect(waits).toMatchObject([{ stage: 'Test', sha256, goal: 'all', waitMs: 600_000 }]);
  answer = async () => ({ complete: false, held: 1, of: 2, missing: [oslo] });
  const late = await post('?wait=Oslo&waitSeconds=7', 'late.pkg');
  expect([late.status, ((await late.json()) as { spread: unknown }).spread]).toEqual([
    201,
    { complete: false, held: 1, of: 2, missing: [{ ...oslo, reason: null }], reason: null },
  ]);
  expect(waits[0]?.waitMs).toBe(7_000);
});

test('one that says nothing of it waits for nobody', async () => {
  const uploaded = (await (await post('', 'at-once.pkg')).json()) as object;
  expect([waits, 'spread' in uploaded]).toEqual([[], false]);
});

test('one that names nobody, or waits too long, is refused and leaves nothing', async () => {
  for (const query of ['?wait=Nowhere', '?wait=all&waitSeconds=601', '?wait=', '?wait=all&for=ever']) {
    const refused = await post(query, 'nobody.pkg');
    expect([query, refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      query,
      422,
      'COMMON_REQUEST_INVALID',
    ]);
  }
  expect(plane.storage.catalog.packages.has('nobody.pkg')).toBe(false);
});

test('where sync goes away meanwhile the upload is done all the same', async () => {
  answer = async () => {
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'sync is away');
  };
  const done = await post('?wait=all', 'unsure.pkg');
  expect([done.status, await done.json()]).toMatchObject([
    201,
    { spread: { complete: false, held: 0, of: 0, missing: [], reason: expect.stringContaining('sync is away') } },
  ]);
  expect(plane.storage.catalog.packages.has('unsure.pkg')).toBe(true);
});

test('the wait of a client that goes away ends, and holds no place of an upload meanwhile', async () => {
  answer = (signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve({ ...reached, complete: false }), { once: true }));
  const abort = new AbortController();
  const left = post('?wait=all', 'left.pkg', { signal: abort.signal });
  await eventually(() => waits.length === 1);
  const [wait] = waits;
  expect(plane.live.size).toBe(0);
  abort.abort();
  await expect(left).rejects.toThrow();
  await eventually(() => wait?.signal.aborted === true);
  expect(plane.storage.catalog.packages.has('left.pkg')).toBe(true);
});

test('at a stop those that wait are told what is known', async () => {
  await using other = await startDataPlaneFixture({ spread, storage: plane.storage });
  answer = (signal) =>
    new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve({ complete: false, held: 1, of: 2, missing: [] }), { once: true }),
    );
  waits = [];
  const body = formOf(['stage', 'Test'], ['file', { name: 'stop.pkg', bytes: Buffer.from('stop') }]);
  const waiting = fetch(`${other.url}/api/admin/upload?wait=all`, { method: 'POST', body });
  await eventually(() => waits.length === 1);
  await other.close();
  const told = await waiting;
  expect([told.status, await told.json()]).toMatchObject([201, { spread: { complete: false, held: 1, of: 2 } }]);
});
