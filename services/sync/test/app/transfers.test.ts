import { syncEventCodec } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { contentIn, recordOf } from '../support/records.ts';
import { type SimulatedServer, World } from '../support/world.ts';

const transferEventsOf = async (server: SimulatedServer) =>
  (await server.store.readAll(0n, 1_000))
    .map((event) => syncEventCodec.decode(event))
    .filter((event) => event.type.startsWith('Replication'));

test('tells of a transfer from start to end, and of its backlog meanwhile', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.fetchMs = 60_000;
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  b.register(a);
  await world.time.until(() => b.fetches.length === 1);
  await world.time.pass(1_000);
  expect(b.stateOf(a)).toMatchObject({ queuedTransfers: 1, backlogBytes: 500n });
  await world.time.until(() => b.statusOf(record) === 'Public');
  await world.time.pass(1_000);
  expect(b.stateOf(a)).toMatchObject({ queuedTransfers: 0, backlogBytes: 0n, lastError: '' });
  const { sha256: blob, manifestDigest } = contentIn(record);
  const data = { blob, manifestDigest, peerIss: a.iss, sizeBytes: 1_000n };
  expect(await transferEventsOf(b)).toEqual([
    { type: 'ReplicationStarted', data: { ...data, attempt: 1 } },
    { type: 'ReplicationCompleted', data },
  ]);
});

test('fetches two contents of a peer at a time', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.fetchMs = 10_000;
  const records = Array.from({ length: 5 }, (_, index) => recordOf({ filename: `${index}.pkg`, by: a.iss }));
  for (const record of records) a.catalog.upload(record);
  b.register(a);
  await world.time.pass(5_000);
  expect(b.fetches.length).toBe(2);
  await world.time.until(() => records.every((record) => b.statusOf(record) === 'Public'), 60_000);
  expect(b.fetches.length).toBe(5);
});

test('goes to another source at once when one sends bad bytes', async () => {
  await using world = new World();
  const [a, b, c] = [world.server('a'), world.server('b'), world.server('c')];
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  world.befriend(a, b);
  await world.time.until(() => b.statusOf(record) === 'Public');
  c.fetchFailures = ['STORAGE_CHUNK_CORRUPT'];
  world.befriend(a, b, c);
  await world.time.until(() => c.statusOf(record) === 'Public', 5_000);
  expect(new Set(c.fetches.map((fetch) => fetch.sourceIss))).toEqual(new Set([a.iss, b.iss]));
  expect((await transferEventsOf(c)).map((event) => event.type)).toEqual([
    'ReplicationStarted',
    'ReplicationFailed',
    'ReplicationStarted',
    'ReplicationCompleted',
  ]);
});

test('a full disk is shown, tried again with growing pauses, and forgotten when there is room', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  b.fetchFailures = Array.from({ length: 6 }, () => 'STORAGE_DISK_FULL' as const);
  a.catalog.upload(record);
  b.register(a);
  await world.time.pass(30_000);
  expect(b.stateOf(a)).toMatchObject({ reach: 'online', lastError: 'fetching fails: STORAGE_DISK_FULL', queuedTransfers: 1 });
  expect(b.fetches.length).toBeLessThan(6);
  await world.time.until(() => b.statusOf(record) === 'Public', 600_000);
  await world.time.pass(1_000);
  expect(b.stateOf(a)?.lastError).toBe('');
});

test('a transfer that a restart cut off goes on as the next attempt', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.fetchMs = 60_000;
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  b.register(a);
  await world.time.until(() => b.fetches.length === 1);
  await b.stop();
  b.fetchMs = 100;
  b.start();
  await world.time.until(() => b.statusOf(record) === 'Public', 10_000);
  await world.time.pass(1_000);
  expect(await transferEventsOf(b)).toMatchObject([
    { type: 'ReplicationStarted', data: { attempt: 1 } },
    { type: 'ReplicationStarted', data: { attempt: 2 } },
    { type: 'ReplicationCompleted' },
  ]);
});

test('unregistering the source ends its transfer, and another one goes on', async () => {
  await using world = new World();
  const [a, b, c] = [world.server('a'), world.server('b'), world.server('c')];
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  world.befriend(a, b);
  await world.time.until(() => b.statusOf(record) === 'Public');
  c.fetchMs = 10_000;
  world.befriend(a, b, c);
  await world.time.until(() => c.fetches.length === 1);
  const [first, second] = c.fetches[0]?.sourceIss === a.iss ? [a, b] : [b, a];
  c.unregister(first);
  await world.time.until(() => c.fetches.length === 2, 5_000);
  expect(c.fetches[1]?.sourceIss).toBe(second.iss);
  await world.time.until(() => c.statusOf(record) === 'Public');
});

test('a source that falls silent is left', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.fetchMs = 1e9;
  a.catalog.upload(recordOf({ filename: 'a.pkg', by: a.iss }));
  b.register(a);
  await world.time.until(() => b.fetches.length === 2, 600_000);
  expect(b.stateOf(a)?.lastError).toContain('gave nothing for 300 s');
});

test('a transfer of what is wanted no longer is cancelled', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.fetchMs = 200_000;
  const old = recordOf({ filename: 'a.pkg', content: 'old', by: a.iss });
  a.catalog.upload(old);
  b.register(a);
  await world.time.until(() => b.fetches.length === 1);
  b.fetchMs = 100;
  const replaced = recordOf({ filename: 'a.pkg', content: 'new', by: a.iss, stamp: 2n });
  a.catalog.upload(replaced);
  await world.time.until(() => b.statusOf(replaced) === 'Public', 10_000);
  await world.time.pass(120_000);
  expect((await transferEventsOf(b)).at(-1)).toMatchObject({
    type: 'ReplicationFailed',
    data: { blob: contentIn(old).sha256, code: 'CATALOG_CONTENT_CHANGED' },
  });
  expect(b.fetches.length).toBe(2);
});

test('a source that failed often is tried at once when it comes back, and when its feed names the content again', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  b.fetchFailures = Array.from({ length: 100 }, () => 'STORAGE_PEER_FAILED' as const);
  b.register(a);
  await world.time.pass(7_200_000);
  let tries = b.fetches.length;
  a.cut();
  await world.time.until(() => b.stateOf(a)?.reach === 'offline');
  a.mend();
  void b.brain.syncPeer(a.iss, 0);
  await world.time.until(() => b.fetches.length > tries, 2_000);

  await world.time.pass(7_200_000);
  tries = b.fetches.length;
  a.catalog.upload(record);
  await world.time.until(() => b.fetches.length > tries, 2_000);
  b.fetchFailures = [];
  await world.time.until(() => b.statusOf(record) === 'Public');
});

test('the end of a transfer is written down, be it late', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  b.fetchMs = 1_000;
  b.register(a);
  await world.time.until(() => b.fetches.length === 1);
  const { append } = b.store;
  b.store.append = async () => {
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', 'the database restarts');
  };
  await world.time.until(() => b.statusOf(record) === 'Public');
  await world.time.pass(20_000);
  b.store.append = append;
  await world.time.pass(60_000);
  expect((await transferEventsOf(b)).map((event) => event.type)).toEqual(['ReplicationStarted', 'ReplicationCompleted']);
  expect(b.fetches.length).toBe(1);
});

describe('of two manifests of one SHA-256', () => {
  /** `b` wants one content under a false manifest, which `liar` tells and serves, and under the true one of `a`. */
  async function contested(world: World, fetchMs: number) {
    const [a, b, liar] = [world.server('a'), world.server('b'), world.server('liar')];
    const honest = recordOf({ filename: 'honest.pkg', content: 'same', by: a.iss });
    const forged = recordOf({ filename: 'forged.pkg', content: 'same', manifest: 'false', by: liar.iss });
    a.catalog.upload(honest);
    liar.catalog.upload(forged);
    b.falseManifests.add(contentIn(forged).manifestDigest);
    b.fetchMs = fetchMs;
    b.register(liar);
    await world.time.until(() => b.fetches.length === 1);
    b.register(a);
    return { a, b, liar, honest };
  }

  test('the false one is put aside when it fails, and the true one is fetched at once', async () => {
    await using world = new World();
    const { a, b, honest } = await contested(world, 10_000);
    await world.time.until(() => b.statusOf(honest) === 'Public', 25_000);
    expect(b.fetches.at(-1)?.sourceIss).toBe(a.iss);
    expect((await transferEventsOf(b)).map((event) => event.type)).toEqual([
      'ReplicationStarted',
      'ReplicationFailed',
      'ReplicationStarted',
      'ReplicationCompleted',
    ]);
  });

  test('one that is served slowly keeps the other from nothing for ever', async () => {
    await using world = new World();
    const { a, b, liar, honest } = await contested(world, 250_000);
    b.fetchMsFrom.set(liar.iss, 1e9);
    await world.time.until(() => b.statusOf(honest) === 'Public', 3_600_000);
    expect(b.fetches.filter(({ sourceIss }) => sourceIss === a.iss).length).toBe(1);
  });

  test('the true one is not given up for the false one while its source is away', async () => {
    await using world = new World();
    const { a, b, honest } = await contested(world, 100);
    b.fetchMs = 200_000;
    await world.time.until(() => b.fetches.at(-1)?.sourceIss === a.iss, 60_000);
    await world.time.pass(1_000);
    a.cut();
    b.fetchFailures = ['STORAGE_PEER_FAILED'];
    const { length } = b.fetches;
    await world.time.pass(1_200_000);
    expect(b.fetches.length).toBe(length);
    a.mend();
    await world.time.until(() => b.statusOf(honest) === 'Public', 900_000);
  });
});
