import type { PackageRecord } from '@odst/contracts/catalog';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { recordOf } from './support/records.ts';
import { type Network, startTestSync, type TestSync } from './support/running-sync.ts';

async function startPair() {
  await using stack = new AsyncDisposableStack();
  const network: Network = new Map();
  const a = stack.use(await startTestSync(network, 'a'));
  const b = stack.use(await startTestSync(network, 'b'));
  const started = stack.move();
  return { a, b, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

const becomesPublic = (record: PackageRecord, server: TestSync, timeoutMs = 60_000) =>
  eventually(() => server.catalog.packages.get(record.uuid)?.status === 'Public', timeoutMs);

test('packages travel both ways, those from before the registration and those after', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  const [early, back, late] = ['early', 'back', 'late'].map((name) => recordOf({ filename: `${name}.pkg`, by: a.iss })) as [
    PackageRecord,
    PackageRecord,
    PackageRecord,
  ];
  a.catalog.upload(early);
  b.catalog.upload(back);
  await a.register(b);
  await b.register(a);
  await becomesPublic(early, b);
  await becomesPublic(back, a);
  a.catalog.upload(late);
  await becomesPublic(late, b, 20_000);
  const quiet = { state: 'online', lastError: '', queuedTransfers: 0, backlogBytes: 0n };
  await eventually(async () => {
    expect(await b.stateOf(a)).toMatchObject(quiet);
    return true;
  });
  await eventually(() => a.gateway.requests.some((request) => request.method === 'POST' && request.peerIss === b.iss));
});

test('publishes what happened, and offers it from its log', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  const told: string[] = [];
  await using _listening = await b.bus.subscribe({
    topics: [b.bus.topicOf('sync')],
    group: 'test.listener',
    handler: async ({ event }) => void told.push(`${event.type} ${event.actor}`),
  });
  a.catalog.upload(recordOf({ filename: 'a.pkg', by: a.iss }));
  await b.register(a);
  await eventually(() => told.length === 3);
  expect(told).toEqual([
    'org.odst.sync.PeerCameOnline.v1 service:sync',
    'org.odst.sync.ReplicationStarted.v1 service:sync',
    'org.odst.sync.ReplicationCompleted.v1 service:sync',
  ]);
  expect(await b.eventTypes()).toEqual(['PeerCameOnline', 'ReplicationStarted', 'ReplicationCompleted']);
});

test('a server that was stopped goes on where it was', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  const first = recordOf({ filename: 'first.pkg', by: a.iss });
  a.catalog.upload(first);
  await a.register(b);
  await b.register(a);
  await becomesPublic(first, b);
  await eventually(async () => (await a.stateOf(b))?.state === 'online');
  await b.stop();
  await eventually(async () => (await a.stateOf(b))?.state === 'offline', 120_000);
  expect((await a.stateOf(b))?.lastError).toContain('cannot be reached');
  const second = recordOf({ filename: 'second.pkg', by: a.iss });
  a.catalog.upload(second);
  const { offers } = b.catalog;
  await b.restart();
  await becomesPublic(second, b);
  expect(b.catalog.offers - offers).toBeLessThanOrEqual(2);
  await eventually(async () => (await a.stateOf(b))?.state === 'online', 120_000);
});

test('learns the time of a peer whose clock differs, and goes on', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  a.gateway.skewOnce();
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  await b.register(a);
  await becomesPublic(record, b, 20_000);
  expect(b.reportedTimes).toEqual(['the time']);
});

test('a peer that is unregistered is read no longer, and nothing of it is kept', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  await b.register(a);
  await becomesPublic(record, b);
  await b.unregister(a);
  await eventually(async () => (await b.stateOf(a)) === undefined);
  for (const table of ['peer_cursors', 'peer_contents', 'held_changes']) {
    await eventually(async () => (await b.pool.query(`SELECT FROM ${table}`)).rowCount === 0);
  }
  await expect(b.feed.syncPeer({ peerIss: a.iss, waitMs: 0 })).rejects.toMatchObject({ code: 'REGISTRATION_PEER_UNKNOWN' });
});

test('a long poll does not hold up the stop', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  const waiting = a.feed.readChanges({ peerIss: b.iss, after: '', waitMs: 30_000, limit: 0, epoch: '' }, { timeoutMs: 120_000 });
  await eventually(async () => (await a.feed.listPeerStates({})).states.length === 0);
  const startedAt = performance.now();
  await a.stop();
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(await waiting).toMatchObject({ items: [], more: false });
});

test('many packages of a new peer arrive in pages', async () => {
  await using pair = await startPair();
  const { a, b } = pair;
  const records = Array.from({ length: 700 }, (_, index) => recordOf({ filename: `${index}.pkg`, stage: 'Dev', by: a.iss }));
  for (const record of records) a.catalog.upload(record);
  await eventually(async () => (await a.pool.query('SELECT FROM feed')).rowCount === records.length, 180_000);
  await b.register(a);
  await eventually(() => records.every((record) => b.catalog.packages.has(record.uuid)), 180_000);
  expect(b.catalog.offers).toBe(records.length);
});
