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

describe('what an admin decides', () => {
  const admin = { actor: 'account:eva', remoteAddress: '', commandId: '', correlationId: '', causationId: '', traceparent: '' };
  let commands = 0;
  const metadata = () => {
    commands += 1;
    return { ...admin, commandId: `command-${commands}` };
  };
  const change = (server: SimulatedServer, sha256: string, parts: { paused?: boolean; first?: boolean }) =>
    server.brain.changeTransfer({ sha256, paused: parts.paused, first: parts.first, reason: 'the line is full' }, metadata());
  const rowsOf = (server: SimulatedServer) =>
    server.brain.listTransfers({ after: '', limit: 100, state: '', peerIss: '', query: '' }).rows;

  /** `b` fetches five contents of `a`, each of which takes ten seconds. */
  async function slowly(world: World) {
    const [a, b] = [world.server('a'), world.server('b')];
    b.fetchMs = 10_000;
    const records = Array.from({ length: 5 }, (_, index) => recordOf({ filename: `${index}.pkg`, by: a.iss }));
    for (const record of records) a.catalog.upload(record);
    b.register(a);
    await world.time.until(() => b.fetches.length === 2);
    const shas = records.map((record) => contentIn(record).sha256);
    const order = rowsOf(b).map(({ sha256 }) => sha256);
    return { a, b, records, shas, order };
  }

  test('a paused transfer ends at once, keeps its bytes, is no failure, and gives its place to another', async () => {
    await using world = new World();
    const { a, b, order } = await slowly(world);
    const [first = '', second = ''] = order;
    expect(await change(b, first, { paused: true })).toMatchObject({
      ...{ state: 'paused', reason: 'paused by account:eva: the line is full', verifiedBytes: 500n },
    });
    await world.time.until(() => b.fetches.length === 3);
    await world.time.until(() => rowsOf(b).length === 1, 60_000);
    expect(rowsOf(b)).toMatchObject([{ sha256: first, state: 'paused', verifiedBytes: 500n }]);
    expect(b.fetches.filter(({ sha256 }) => sha256 === first)).toHaveLength(1);
    expect((await transferEventsOf(b)).map(({ type }) => type)).not.toContain('ReplicationFailed');
    expect(b.stateOf(a)?.lastError).toBe('');
    await change(b, first, { paused: false });
    await world.time.until(() => b.catalog.blobs.has(first), 15_000);
    expect(b.catalog.blobs.has(second)).toBe(true);
  });

  test('what was paused is paused after a restart, and is forgotten when nobody wants it', async () => {
    await using world = new World();
    const { b, order, records, shas } = await slowly(world);
    const [first = ''] = order;
    await change(b, first, { paused: true });
    await b.stop();
    b.start();
    await world.time.until(() => rowsOf(b).length === 1, 60_000);
    expect(rowsOf(b)).toMatchObject([{ sha256: first, state: 'paused', verifiedBytes: 500n, sourceIsses: [expect.any(String)] }]);
    expect(b.fetches.filter(({ sha256 }) => sha256 === first)).toHaveLength(1);
    const record = records[shas.indexOf(first)];
    if (record !== undefined) b.catalog.hold(contentIn(record).sha256);
    await world.time.pass(120_000);
    expect(rowsOf(b)).toEqual([]);
    const types = (await b.store.readAll(0n, 1_000)).map((event) => syncEventCodec.decode(event).type);
    expect(types).toContain('TransferChoicesEnded');
  });

  test('what is put first begins at once, and one of the same peer goes on behind it', async () => {
    await using world = new World();
    const { b, order } = await slowly(world);
    const [, second = '', , , last = ''] = order;
    await change(b, last, { first: true });
    await world.time.until(() => b.fetches.length === 3, 1_000);
    expect(b.fetches.at(-1)?.sha256).toBe(last);
    expect(
      rowsOf(b)
        .slice(0, 3)
        .map(({ sha256, state }) => [sha256, state]),
    ).toEqual([[last, 'running'], expect.anything(), [second, 'waiting']]);
    await world.time.until(() => rowsOf(b).length === 0, 60_000);
    expect((await transferEventsOf(b)).map(({ type }) => type)).not.toContain('ReplicationFailed');
  });

  test('what was put first begins first after a restart, and puts nothing aside for it', async () => {
    await using world = new World();
    const [a, b] = [world.server('a'), world.server('b')];
    b.fetchMs = 10_000_000;
    // More than are looked up in one round.
    const records = Array.from({ length: 1_600 }, (_, index) => recordOf({ filename: `${index}.pkg`, by: a.iss }));
    for (const record of records) a.catalog.upload(record);
    b.register(a);
    await world.time.until(() => b.catalog.packages.size === 1_600 && b.fetches.length === 2, 300_000);
    await world.time.pass(61_000);
    const last = (await b.catalog.listWanted()).at(-1)?.sha256 ?? '';
    await change(b, last, { first: true });
    await b.stop();
    const { length } = b.fetches;
    b.start();
    await world.time.until(() => b.fetches.slice(length).some(({ sha256 }) => sha256 === last), 60_000);
    expect(b.fetches.length - length).toBe(2);
  });

  test('from a paused peer nothing is fetched while its changes are read, and another peer serves the rest', async () => {
    await using world = new World();
    const { a, b } = await slowly(world);
    await b.brain.pausePeer({ peerIss: a.iss, paused: true, reason: 'at night only' }, metadata());
    await world.time.pass(1_000);
    expect(rowsOf(b).map(({ state }) => state)).toEqual(Array(5).fill('waiting'));
    expect(rowsOf(b)[0]?.reason).toContain('1 are paused, paused by account:eva: at night only');
    const late = recordOf({ filename: 'late.pkg', by: a.iss });
    a.catalog.upload(late);
    await world.time.until(() => b.statusOf(late) === 'Downloading');
    expect(b.stateOf(a)).toMatchObject({ reach: 'online', pause: { by: 'account:eva', reason: 'at night only' } });
    const c = world.server('c');
    world.befriend(a, c);
    await world.time.until(() => c.statusOf(late) === 'Public', 60_000);
    b.register(c);
    await world.time.until(() => b.statusOf(late) === 'Public', 200_000);
    expect(b.fetches.filter(({ sourceIss }) => sourceIss === a.iss)).toHaveLength(2);
    b.unregister(a);
    await world.time.pass(5_000);
    b.register(a);
    await world.time.pass(5_000);
    expect(b.stateOf(a)?.pause).toBeUndefined();
  });

  test('rows come in pages that name each transfer once, and by state, peer and name', async () => {
    await using world = new World();
    const { a, b, order } = await slowly(world);
    const all = { after: '', limit: 2, state: '', peerIss: '', query: '' };
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { rows, next } = b.brain.listTransfers({ ...all, after });
      seen.push(...rows.map(({ sha256 }) => sha256));
      if (next === '') break;
      after = next;
    }
    expect(seen).toEqual(order);
    const names = (query: Partial<typeof all>) =>
      b.brain.listTransfers({ ...all, limit: 100, ...query }).rows.map(({ filename }) => filename);
    expect(names({ state: 'running' })).toHaveLength(2);
    expect(names({ peerIss: a.iss })).toHaveLength(5);
    expect(names({ peerIss: b.iss })).toEqual([]);
    expect(names({ query: '3.PK' })).toEqual(['3.pkg']);
    for (const wrong of [{ after: 'x' }, { state: 'x' }]) {
      expect(() => b.brain.listTransfers({ ...all, ...wrong })).toThrow(OdstError);
    }
    await expect(change(b, 'f'.repeat(64), { paused: true })).rejects.toThrow('nothing is to be fetched');
  });

  test('who watches is told of running transfers while they run, of peers when they change, and of nothing when nothing does', async () => {
    await using world = new World();
    const { a, b } = await slowly(world);
    const ended = new AbortController();
    const told: { running: number | undefined; peers: number | undefined }[] = [];
    const watching = (async () => {
      for await (const { transfers, peers } of b.brain.watch(ended.signal)) {
        told.push({ running: transfers?.running.length, peers: peers?.length });
      }
    })();
    await world.time.until(() => told.length > 0);
    expect(told[0]).toEqual({ running: 2, peers: 1 });
    await world.time.until(() => rowsOf(b).length === 0, 100_000);
    await world.time.pass(30_000);
    expect(told.findLast(({ running }) => running !== undefined)).toMatchObject({ running: 0 });
    const before = told.length;
    await world.time.pass(60_000);
    expect(told.length).toBe(before);
    a.cut();
    await world.time.until(() => told.length > before, 60_000);
    ended.abort();
    await watching;
  });
});
