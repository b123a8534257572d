import { syncEventCodec } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { contentIn, recordOf } from '../support/records.ts';
import { type SimulatedServer, World } from '../support/world.ts';

const transferEventsOf = async (server: SimulatedServer) =>
  (await server.store.readAll(0n, 1_000))
    .map((event) => syncEventCodec.decode(event))
    .filter((event) => event.type.startsWith('Replication'));

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
    server.brain.listTransfers({ after: '', limit: 100, state: '', peerIss: '', query: '', packageIds: [] }).rows;

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
    const all = { after: '', limit: 2, state: '', peerIss: '', query: '', packageIds: [] as number[] };
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
    const [one, , other] = b.brain.listTransfers({ ...all, limit: 100 }).rows;
    const packageIds = [other?.packageId ?? 0, one?.packageId ?? 0];
    expect(names({ packageIds })).toEqual([one?.filename, other?.filename]);
    expect(names({ packageIds: [987_654] })).toEqual([]);
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
