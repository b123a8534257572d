import { expect, test } from 'vitest';
import { items, odst } from './support/odst.ts';

const transfer = {
  ...{ id: 'ab'.repeat(32), package: { id: 7, filename: 'Large.pkg' }, sizeBytes: 3_000_000, verifiedBytes: 1_000_000 },
  ...{ rateBytesPerSecond: 500_000, etaSeconds: 4, sources: [{ iss: 'e'.repeat(32), name: 'Berlin' }], state: 'running' },
  ...{ reason: null, tries: 1, nextTryAt: null, first: true, strip: [100, 0, 0] },
};
const waiting = {
  ...{ ...transfer, id: 'cd'.repeat(32), package: { id: 8, filename: 'Small.pkg' }, verifiedBytes: null, rateBytesPerSecond: 0 },
  ...{ etaSeconds: null, state: 'waiting', reason: 'it waits for its turn', first: false },
};

test('transfers list shows what runs and why the rest does not', async () => {
  const { code, out } = await odst('transfers list', [items(transfer, waiting)]);
  expect(code).toBe(0);
  expect(out).toEqual([
    'ID            NAME       FROM    STATE           HERE              RATE      ETA  WHY',
    'abababababab  Large.pkg  Berlin  running, first  1.0 MB of 3.0 MB  0.5 MB/s  4 s  -',
    'cdcdcdcdcdcd  Small.pkg  Berlin  waiting         ? of 3.0 MB       -         -    it waits for its turn',
  ]);
  expect((await odst('transfers list', [items()])).out).toEqual(['nothing is to be fetched']);
});

test('transfers list --json prints them as the API told them', async () => {
  const { out } = await odst('transfers list --json', [items(transfer, waiting)]);
  expect(out.map((line) => JSON.parse(line))).toEqual([items(transfer, waiting)]);
});

test.each([
  [
    'transfers pause Large.pkg --reason later',
    { ...transfer, state: 'paused', reason: 'paused by account:admin: later', first: false },
  ],
  ['transfers first abab', transfer],
])('%s finds the transfer by its name or its first digits, and tells how it is now', async (command, changed) => {
  const { code, out, requests } = await odst(command, [items(transfer), changed]);
  expect(code).toBe(0);
  expect(requests[1]).toContain(`PATCH http://127.0.0.1:8080/api/v1/transfers/${transfer.id}`);
  const now = changed.state === 'paused' ? 'paused; paused by account:admin: later' : 'running, before all others of its peers';
  expect(out).toEqual([`Large.pkg: ${now}`]);
});

test('a transfer that is not there, or several that could be meant, change nothing', async () => {
  const none = await odst('transfers pause Other.pkg', [items()]);
  expect([none.code, none.requests.length]).toEqual([3, 1]);
  const twin = { ...transfer, id: `abff${'0'.repeat(60)}` };
  const several = await odst('transfers pause ab', [items(transfer, twin)]);
  expect([several.code, several.requests.length]).toEqual([3, 1]);
  expect(several.err).toContain('several transfers');
});

test('peers pause and resume say what comes of it', async () => {
  const paused = await odst('peers pause 2 --reason metered', [{ name: 'Berlin', paused: true }]);
  expect(paused.out).toEqual(['Berlin: nothing is fetched from it; its changes are read all the same.']);
  expect((await odst('peers resume 2', [{ name: 'Berlin', paused: false }])).out).toEqual([
    'Berlin: its packages are fetched again.',
  ]);
});
