import { ProjectionsServiceService } from '@odst/contracts/common';
import { copyOut, eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { appendManyEvents } from '../support/many-events.ts';
import { issOf, shaOf } from '../support/records.ts';
import { startTestCatalog } from '../support/running-catalog.ts';
import { actOf, uploadOf } from '../support/test-server.ts';

/** Of the rebuild under load. 100,000 take some minutes: ODST_TEST_REBUILD_EVENTS=100000. */
const eventCount = Number(process.env['ODST_TEST_REBUILD_EVENTS'] ?? 2_000);
const waitMs = 120_000 + eventCount * 10;

async function startCatalogToRebuild() {
  const catalog = await startTestCatalog(issOf('a'), new Map());
  const projections = catalog.connectAs('gateway', 'catalog').client(ProjectionsServiceService);
  const status = async () => (await projections.listProjections({})).projections[0];
  return {
    ...catalog,
    status,
    ask: () => projections.rebuildProjection({ name: 'packages' }),
    rebuilt: () => eventually(async () => ((await status())?.rebuild?.state === 'done' ? status() : false), waitMs),
    settled: () => eventually(async () => (await status())?.lag === 0n, waitMs),
    packages: () => copyOut(catalog.pool, 'SELECT * FROM packages ORDER BY uuid'),
  };
}

test('packages that are rebuilt while commands run are those of the live table, byte for byte', {
  timeout: 6 * waitMs,
}, async () => {
  await using catalog = await startCatalogToRebuild();
  await appendManyEvents(catalog.store, eventCount);
  await catalog.settled();
  const live = await catalog.packages();
  expect(live.split('\n').length).toBeGreaterThan(eventCount / 10);

  let commands = 0;
  let running = true;
  const command = async (): Promise<void> => {
    while (running) {
      commands += 1;
      const filename = `Package of a command ${commands}.pkg`;
      const made = await catalog.clients.storage.registerUpload(uploadOf(commands, '1', 'Dev', { filename }));
      const id = made.package?.id ?? 0;
      // Reads its own write, from tables that are exchanged meanwhile.
      expect((await catalog.clients.gateway.getPackage({ reference: filename, alsoDeleted: false })).package).toEqual(
        made.package,
      );
      await catalog.clients.gateway.changePackage(actOf({ id, act: 'move', to: 'Test' }));
    }
  };
  const startedAt = performance.now();
  await catalog.ask();
  const ran = command();
  await expect(catalog.ask()).rejects.toMatchObject({ code: 'COMMON_PROJECTION_REBUILDING' });
  const done = await catalog.rebuilt();
  const seconds = (performance.now() - startedAt) / 1_000;
  running = false;
  await ran;
  expect(Number(done?.rebuild?.position)).toBeGreaterThan(eventCount);
  process.stdout.write(`rebuilt ${done?.rebuild?.position} events in ${seconds.toFixed(1)} s beside ${commands} uploads\n`);

  await catalog.settled();
  const under = await catalog.packages();
  expect(under.split('\n')).toHaveLength(live.split('\n').length + commands);
  // What the events before the commands say has come out as it was.
  const before = new Set(under.split('\n'));
  expect(live.split('\n').filter((row) => !before.has(row))).toEqual([]);
  await catalog.ask();
  await catalog.rebuilt();
  expect(await catalog.packages()).toBe(under);
});

test('a rebuild sends nothing to anybody: no event comes again, no reaction runs, no service is asked', async () => {
  await using catalog = await startCatalogToRebuild();
  const told: string[] = [];
  await using _listening = await catalog.bus.subscribe({
    topics: [catalog.bus.topicOf('catalog')],
    group: 'test.listener',
    handler: async ({ event }) => void told.push(event.id),
  });
  const made = await catalog.clients.storage.registerUpload(uploadOf(1, '1', 'Dev', { manifestDigest: '' }));
  await catalog.verifyBlob(shaOf('1'));
  await catalog.sealBlob(shaOf('1'), shaOf('9'));
  await eventually(
    async () =>
      (await catalog.clients.gateway.getPackage({ reference: '1', alsoDeleted: false })).package?.content?.manifestDigest !== '',
  );
  await eventually(async () => BigInt(told.length) === (await catalog.store.lastPosition()));
  const effects = async () => ({
    told: [...told],
    events: await copyOut(catalog.pool, 'SELECT * FROM events ORDER BY position'),
    inbox: await copyOut(catalog.pool, 'SELECT consumer, topic, key, position FROM inbox ORDER BY 1, 2, 3'),
    published: await copyOut(catalog.pool, 'SELECT * FROM bus.messages ORDER BY topic, position'),
  });
  // The consumers of this service note what they have handled a moment after it shows.
  const before = await eventually(async () => {
    const found = await effects();
    const { rows } = await catalog.pool.query(
      `SELECT FROM bus.consumers c WHERE c.waiting <> '{}'
         OR c.position < (SELECT max(position) FROM bus.messages m WHERE m.topic = c.topic)`,
    );
    return rows.length === 0 && found;
  });
  expect(before.told.length).toBeGreaterThan(2);
  const rows = await catalog.packages();
  for (let round = 1; round <= 3; round += 1) {
    await catalog.ask();
    await catalog.rebuilt();
  }
  expect(await effects()).toEqual(before);
  // Also not at the next start, and what comes then goes on where the consumers were.
  const clients = await catalog.restart();
  await clients.gateway.changePackage(actOf({ id: made.package?.id ?? 0, act: 'move', to: 'Prod' }));
  await eventually(() => told.length > before.told.length + 1);
  expect(told).toHaveLength(before.told.length + 2);
  expect(new Set(told).size).toBe(told.length);
  expect(rows).toContain('NoMAD.pkg');
});
