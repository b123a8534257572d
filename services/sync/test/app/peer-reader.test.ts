import { syncEventCodec } from '@odst/contracts/sync';
import { isOdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { forgedOf, issOf, recordOf } from '../support/records.ts';
import { type SimulatedServer, World } from '../support/world.ts';

/** What a page says of a peer that runs on. */
const running = { retirements: [], left: 0, epoch: 'f'.repeat(16), restored: false };

const eventsOf = async (server: SimulatedServer) =>
  (await server.store.readAll(0n, 1_000)).map((event) => syncEventCodec.decode(event));

test('writes down only changes of a peer’s state, however often it is tried', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.manner = 'down';
  a.register(b);
  await world.time.pass(3_600_000);
  b.manner = 'well';
  await world.time.pass(3_600_000);
  b.cut();
  await world.time.pass(3_600_000);
  expect((await eventsOf(a)).map((event) => event.type)).toEqual(['PeerWentOffline', 'PeerCameOnline', 'PeerWentOffline']);
});

test('asks the event store nothing while the state of a peer stays as it is', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  let reads = 0;
  const { readStream } = a.store;
  a.store.readStream = (...stream) => {
    reads += 1;
    return readStream(...stream);
  };
  a.register(b);
  await world.time.pass(3_600_000);
  b.manner = 'down';
  await world.time.pass(3_600_000);
  expect(reads).toBe(2);
});

test('tries a dead peer with growing pauses, at last about every five minutes, and shows the error and the next try', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.manner = 'down';
  a.register(b);
  await world.time.pass(3_600_000);
  world.requests = 0;
  await world.time.pass(3_600_000);
  expect(world.requests).toBeGreaterThanOrEqual(12);
  expect(world.requests).toBeLessThanOrEqual(24);
  const state = a.stateOf(b);
  expect(state).toMatchObject({ reach: 'offline', lastError: 'no route to host' });
  expect(state?.nextTryAt?.getTime()).toBeGreaterThan(world.time.now().getTime());
});

test('a hint, or a request, of a peer that is waited for ends the pause', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.manner = 'down';
  a.register(b);
  await world.time.pass(3_600_000);
  b.manner = 'well';
  a.brain.acceptHint(b.iss);
  await world.time.until(() => a.stateOf(b)?.reach === 'online', 1_000);
});

test('an admin’s request ends the pause', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.manner = 'down';
  a.register(b);
  await world.time.pass(3_600_000);
  b.manner = 'well';
  void a.brain.syncPeer(b.iss, 0);
  await world.time.until(() => a.stateOf(b)?.reach === 'online', 1_000);
});

test('syncing with a server that is no peer is refused', async () => {
  await using world = new World();
  const a = world.server('a');
  await world.time.pass(1_000);
  await expect(a.brain.syncPeer(issOf('stranger'), 0)).rejects.toMatchObject({ code: 'REGISTRATION_PEER_UNKNOWN' });
});

test('while catalog cannot answer the page is read again, and the peer is not to blame', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  a.catalog.failure = 'COMMON_SERVICE_UNAVAILABLE';
  const record = recordOf({ filename: 'b.pkg', by: b.iss });
  b.catalog.upload(record);
  a.register(b);
  await world.time.pass(60_000);
  expect(a.stateOf(b)).toMatchObject({ reach: 'online', lastError: 'catalog fails' });
  a.catalog.failure = undefined;
  await world.time.until(() => a.statusOf(record) === 'Public', 300_000);
  expect(a.stateOf(b)?.lastError).toBe('');
});

test('a server that is a peer no longer is read no longer, and from the start when it is one again', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const record = recordOf({ filename: 'b.pkg', by: b.iss });
  b.catalog.upload(record);
  a.register(b);
  await world.time.until(() => a.statusOf(record) === 'Public');
  a.unregister(b);
  await world.time.until(() => a.stateOf(b) === undefined);
  world.requests = 0;
  await world.time.pass(600_000);
  expect(world.requests).toBe(0);
  const { offers } = a.catalog;
  a.register(b);
  await world.time.until(() => a.catalog.offers > offers);
  await world.time.until(() => a.stateOf(b)?.reach === 'online');
  const types = (await eventsOf(a)).map((event) => event.type);
  expect(types).toEqual(['PeerCameOnline', 'ReplicationStarted', 'ReplicationCompleted', 'PeerWentOffline', 'PeerCameOnline']);
});

test('a firewalled peer is not read; it is online while it reads this server', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.firewalled = true;
  a.register(b);
  await world.time.pass(600_000);
  expect(world.requests).toBe(0);
  expect(a.stateOf(b)?.reach).toBe('unknown');
  b.register(a);
  await world.time.until(() => a.stateOf(b)?.reach === 'online', 1_000);
  await b.stop();
  await world.time.until(() => a.stateOf(b)?.reach === 'offline', 300_000);
});

/** Has a peer tell nothing. @returns how often its feed was read from the start so far */
function readingsFromStart(peer: SimulatedServer): () => number {
  const asked: string[] = [];
  peer.manner = {
    answers: (after) => {
      asked.push(after);
      return { records: [], profiles: [], statements: [], malformed: [], next: 'end', more: false, ...running };
    },
  };
  return () => asked.filter((after) => after === '').length;
}

test('what was refused of a feed is read again when more of it is taken, once', async () => {
  await using world = new World();
  const [a, b, c] = [world.server('a'), world.server('b'), world.server('c')];
  const fromStart = readingsFromStart(b);
  a.register(b);
  await world.time.pass(60_000);
  expect(fromStart()).toBe(1);
  a.changePeer(b);
  await world.time.until(() => fromStart() === 2, 5_000);
  a.unblock(c);
  await world.time.until(() => fromStart() === 3, 5_000);
  await world.time.pass(120_000);
  expect(fromStart()).toBe(3);
});

test('what was refused of a feed is read again after the end of a block, also where the server stops before it reads', async () => {
  await using world = new World();
  const [a, b, c] = [world.server('a'), world.server('b'), world.server('c')];
  const fromStart = readingsFromStart(b);
  a.register(b);
  await world.time.pass(60_000);
  expect(fromStart()).toBe(1);
  a.unblock(c);
  await a.stop();
  a.start();
  await world.time.pass(60_000);
  expect(fromStart()).toBe(2);
});

test('what a peer waits for ends when it is a peer no longer, and not when its feed is read again', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  a.register(b);
  await world.time.pass(1_000);
  let ended = false;
  const first = { after: '', waitMs: 0, limit: 10, epoch: '' };
  const { next } = await a.brain.readChanges(b.iss, first, new AbortController().signal);
  const request = { ...first, after: next, waitMs: 30_000 };
  const waiting = a.brain.readChanges(b.iss, request, new AbortController().signal).finally(() => {
    ended = true;
  });
  a.changePeer(b);
  await world.time.pass(5_000);
  expect(ended).toBe(false);
  a.unregister(b);
  await world.time.until(() => ended, 1_000);
  expect((await waiting).records).toEqual([]);
});

test('a peer that answers "nothing" before its time is not asked in a tight loop', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.manner = {
    answers: () => ({ records: [], profiles: [], statements: [], malformed: [], next: 'same', more: false, ...running }),
  };
  a.register(b);
  await world.time.pass(60_000);
  expect(world.requests).toBeLessThan(100);
});

test('a peer whose cursor stands still while it gives records counts as failing', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const records = [recordOf({ filename: 'b.pkg', by: b.iss })];
  b.manner = { answers: () => ({ records, profiles: [], statements: [], malformed: [], next: 'same', more: true, ...running }) };
  a.register(b);
  await world.time.until(() => a.stateOf(b)?.reach === 'offline', 60_000);
  expect(a.stateOf(b)?.lastError).toContain('without moving its cursor');
});

test('many changes at once are told by few hints', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  a.register(b);
  await world.time.pass(1_000);
  world.requests = 0;
  for (let index = 0; index < 100; index += 1) {
    a.catalog.upload(recordOf({ filename: `${index}.pkg`, by: a.iss }));
    await world.time.pass(10);
  }
  expect(world.requests).toBeGreaterThan(0);
  expect(world.requests).toBeLessThanOrEqual(8);
});

test('a page is refused where its limits are not kept', async () => {
  await using world = new World();
  const a = world.server('a');
  const signal = new AbortController().signal;
  for (const request of [
    { after: '', waitMs: 30_001, limit: 1, epoch: '' },
    { after: '', waitMs: -1, limit: 1, epoch: '' },
    { after: '', waitMs: 0, limit: 1_001, epoch: '' },
    { after: '', waitMs: 0, limit: -1, epoch: '' },
  ]) {
    const refusal = await a.brain.readChanges(issOf('b'), request, signal).catch((error: unknown) => error);
    expect(isOdstError(refusal, 'COMMON_REQUEST_INVALID')).toBe(true);
  }
});

test('two live servers with one identity are named and read no further, until one is left for ten minutes', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  let answers = 0;
  let twin = true;
  b.manner = {
    answers: (after) => {
      answers += 1;
      const epoch = twin && answers % 2 === 0 ? 'e'.repeat(16) : 'f'.repeat(16);
      return {
        records: [],
        profiles: [],
        statements: [],
        malformed: [],
        next: after === '' ? 'one' : after,
        more: false,
        epoch,
        restored: false,
        retirements: [],
        left: 0,
      };
    },
  };
  a.register(b);
  await world.time.until(() => a.stateOf(b)?.reach === 'offline', 3_600_000);
  expect(a.stateOf(b)?.lastError).toContain(`two live servers have the ISS ID ${b.iss}`);
  expect(a.stateOf(b)?.lastError).toContain('odst identity new');
  await world.time.pass(3_600_000);
  expect(a.stateOf(b)?.reach).toBe('offline');
  twin = false;
  await world.time.until(() => a.stateOf(b)?.reach === 'online', 3_600_000);
});

test('a caller that shares its identity with another one is told so', async () => {
  await using world = new World();
  const a = world.server('a');
  const signal = new AbortController().signal;
  const ask = (epoch: string) =>
    a.brain.readChanges(issOf('b'), { after: '', waitMs: 0, limit: 1, epoch: epoch.repeat(16) }, signal);
  for (const epoch of ['1', '2', '1', '2']) await ask(epoch);
  const refusal = await ask('1').catch((error: unknown) => error);
  expect(isOdstError(refusal, 'SYNC_ISS_DUPLICATE')).toBe(true);
});

test('a package that is uploaded later arrives at once, by the long poll', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  world.befriend(a, b);
  await world.time.pass(60_000);
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  await world.time.until(() => b.statusOf(record) === 'Public', 1_000);
});

test('a peer that was down the whole time catches up when it is back', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  await b.stop();
  a.register(b);
  const records = Array.from({ length: 30 }, (_, index) => recordOf({ filename: `${index}.pkg`, by: a.iss }));
  for (const record of records) a.catalog.upload(record);
  await world.time.pass(86_400_000);
  expect(a.stateOf(b)?.reach).toBe('offline');
  b.start();
  b.register(a);
  await world.time.until(() => records.every((record) => b.statusOf(record) === 'Public'), 60_000);
  await world.time.until(() => a.stateOf(b)?.reach === 'online', 60_000);
});

test('dead, hanging and lying peers do not delay a good one', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const [dead, hanging, lying] = [world.server('dead'), world.server('hanging'), world.server('lying')];
  dead.manner = 'down';
  hanging.manner = 'hangs';
  lying.manner = {
    answers: (after) => ({
      records: [forgedOf({ filename: 'forged.pkg', by: a.iss })],
      profiles: [],
      statements: [],
      malformed: [{ uuid: '', reason: 'nonsense' }],
      next: `${after}x`.slice(-9),
      more: true,
      epoch: 'f'.repeat(16),
      restored: false,
      retirements: [],
      left: 0,
    }),
  };
  for (const peer of [dead, hanging, lying, b]) a.register(peer);
  b.register(a);
  await world.time.pass(1_000);
  const record = recordOf({ filename: 'b.pkg', by: b.iss });
  b.catalog.upload(record);
  await world.time.until(() => a.statusOf(record) === 'Public', 1_000);
  expect([...a.catalog.packages.values()].map((kept) => kept.record.filename)).toEqual(['b.pkg']);
});

test('how much of a feed is still to be read is what the peer says, and after that when it was read to its end', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  let left = 40;
  b.manner = {
    answers: () => {
      left -= 10;
      const next = `behind ${left}`;
      return { ...running, records: [], profiles: [], statements: [], malformed: [], next, more: left > 0, left };
    },
  };
  const seen: (number | undefined)[] = [];
  a.register(b);
  await world.time.until(() => {
    const { behind, readToEndAt } = a.stateOf(b) ?? {};
    if (behind !== undefined && behind !== seen.at(-1)) seen.push(behind);
    expect(readToEndAt === undefined).toBe(behind !== 0);
    if (behind === 0) b.cut();
    return behind === 0;
  });
  expect(seen.at(-1)).toBe(0);
  const readToEndAt = a.stateOf(b)?.readToEndAt;
  await world.time.until(() => a.stateOf(b)?.reach === 'offline', 120_000);
  await world.time.pass(60_000);
  expect(a.stateOf(b)).toMatchObject({ behind: 0, readToEndAt });
  // What it knew before it started anew is not what the peer says now.
  await a.stop();
  a.start();
  await world.time.until(() => a.stateOf(b)?.reach === 'offline', 60_000);
  expect(a.stateOf(b)).toMatchObject({ behind: undefined, readToEndAt });
});
