import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordOf } from '../support/records.ts';
import { type SimulatedServer, World } from '../support/world.ts';

const publicOn = (record: ReturnType<typeof recordOf>, ...servers: readonly SimulatedServer[]) =>
  servers.every((server) => server.statusOf(record) === 'Public');

test('packages of either side that were there before the servers met arrive on the other', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const ofA = recordOf({ filename: 'a.pkg', by: a.iss });
  const ofB = recordOf({ filename: 'b.pkg', by: b.iss });
  a.catalog.upload(ofA);
  b.catalog.upload(ofB);
  world.befriend(a, b);
  await world.time.until(() => publicOn(ofA, a, b) && publicOn(ofB, a, b), 5_000);
});

test('a package that is uploaded later arrives at once, by the long poll', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  world.befriend(a, b);
  await world.time.pass(60_000);
  const record = recordOf({ filename: 'a.pkg', by: a.iss });
  a.catalog.upload(record);
  await world.time.until(() => publicOn(record, b), 1_000);
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
  await world.time.until(() => records.every((record) => publicOn(record, b)), 60_000);
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
      records: [{ ...recordOf({ filename: 'forged.pkg', by: a.iss }), signature: new Uint8Array(64) }],
      profiles: [],
      malformed: ['nonsense'],
      next: `${after}x`.slice(-9),
      more: true,
      epoch: 'f'.repeat(16),
      restored: false,
    }),
  };
  for (const peer of [dead, hanging, lying, b]) a.register(peer);
  b.register(a);
  await world.time.pass(1_000);
  const record = recordOf({ filename: 'b.pkg', by: b.iss });
  b.catalog.upload(record);
  await world.time.until(() => publicOn(record, a), 1_000);
  expect([...a.catalog.packages.values()].map((kept) => kept.record.filename)).toEqual(['b.pkg']);
});

test('what a server does not admit it withholds, and carries on to one that does', async () => {
  await using world = new World();
  const [dev, prod, other] = [world.server('dev', 'Dev'), world.server('prod', 'Prod'), world.server('other', 'Dev')];
  world.befriend(dev, prod);
  world.befriend(prod, other);
  const record = recordOf({ filename: 'early.pkg', stage: 'Dev', by: dev.iss });
  dev.catalog.upload(record);
  await world.time.until(() => other.statusOf(record) === 'Downloading', 5_000);
  expect(prod.statusOf(record)).toBe('Withheld');
  expect(prod.fetches).toEqual([]);
  world.befriend(dev, other);
  await world.time.until(() => publicOn(record, other), 600_000);
});

test('bytes travel over a third server', async () => {
  await using world = new World();
  const [a, b, c] = [world.server('a'), world.server('b'), world.server('c')];
  world.befriend(a, b);
  world.befriend(b, c);
  const record = recordOf({ filename: 'far.pkg', by: a.iss });
  a.catalog.upload(record);
  await world.time.until(() => publicOn(record, b, c), 10_000);
  expect(c.fetches.every((fetch) => fetch.sourceIss === b.iss)).toBe(true);
});

test('whatever is cut and restarted meanwhile, all servers converge once the faults end', { timeout: 30_000 }, async () => {
  const step = fc.record({
    server: fc.nat(2),
    act: fc.constantFrom('upload', 'cut', 'mend', 'restart', 'disk full', 'bad bytes'),
    pauseMs: fc.constantFrom(0, 50, 500, 5_000, 400_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using world = new World();
      const servers = [world.server('a', 'Dev'), world.server('b', 'Test'), world.server('c', 'Prod')];
      world.befriend(...servers);
      const records: ReturnType<typeof recordOf>[] = [];
      for (const { server: index, act, pauseMs } of steps) {
        const server = servers[index];
        if (server === undefined) continue;
        if (act === 'upload') {
          const record = recordOf({
            filename: `${records.length % 7}.pkg`,
            content: `${records.length}`,
            by: server.iss,
            stamp: BigInt(records.length + 1),
          });
          records.push(record);
          server.catalog.upload(record);
        } else if (act === 'cut') server.cut();
        else if (act === 'mend') server.mend();
        else if (act === 'restart') {
          await server.stop();
          server.start();
        } else server.fetchFailures.push(act === 'disk full' ? 'STORAGE_DISK_FULL' : 'STORAGE_CHUNK_CORRUPT');
        await world.time.pass(pauseMs);
      }
      for (const server of servers) {
        await server.stop();
        server.manner = 'well';
        server.start();
      }
      const latest = [...new Map(records.map((record) => [record.uuid, record])).values()];
      await world.time.until(() =>
        latest.every((record) =>
          servers.every(
            (server) =>
              server.catalog.packages.get(record.uuid)?.record.changedStamp === record.changedStamp && publicOn(record, server),
          ),
        ),
      );
    }),
    { numRuns: 40 },
  );
});
