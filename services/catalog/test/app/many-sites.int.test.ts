import { PackageRecord } from '@odst/contracts/catalog';
import { expect, test } from 'vitest';
import { packageStream, packageUuid } from '../../src/domain/package-identity.ts';
import { createTestServer, listOf } from '../support/test-server.ts';

/** Packages that all sites hold before they meet. 100 take some minutes: ODST_TEST_SHARED_PACKAGES=100. */
const packageCount = Number(process.env['ODST_TEST_SHARED_PACKAGES'] ?? 3);
const siteCount = 50;

type Server = ReturnType<typeof createTestServer>;

const filenames = Array.from({ length: packageCount }, (_, index) => `Package ${index + 1}.pkg`);
const uuids = filenames.map(packageUuid);

const recordsOf = (server: Server) => Array.fromAsync(server.find.records(uuids));

async function tell(from: Server, to: Server): Promise<void> {
  for (const record of await recordsOf(from)) expect((await to.offer(record, from.iss)).held).toEqual([]);
}

/** Sites that each hold all packages and have never met; one of them is the hub of the others. */
async function strangers(): Promise<{ readonly hub: Server; readonly spokes: readonly Server[] }> {
  const sites = Array.from({ length: siteCount }, (_, index) => createTestServer((index + 1).toString(16).padStart(32, '0')));
  for (const [index, site] of sites.entries()) {
    site.clock.advance(index * 60_000);
    for (const [number, filename] of filenames.entries()) await site.upload(number, '1', 'Prod', { filename });
  }
  const [hub, ...spokes] = sites as [Server, ...Server[]];
  return { hub, spokes };
}

test('fifty sites that hold the same packages before they meet agree, with small records and few small events', {
  timeout: 60_000 + packageCount * 30_000,
}, async () => {
  const { hub, spokes } = await strangers();
  for (const spoke of spokes) await tell(spoke, hub);
  for (const spoke of spokes) await tell(hub, spoke);

  const records = await recordsOf(hub);
  expect(records).toHaveLength(packageCount);
  for (const spoke of spokes) expect(await recordsOf(spoke)).toEqual(records);
  for (const { changes, bodies } of records) expect([changes.length, bodies.length]).toEqual([siteCount, 1]);
  const recordBytes = Math.max(...records.map((record) => PackageRecord.encode(record).finish().length));
  expect(recordBytes).toBeLessThanOrEqual(9_000);
  let mostEvents = 0;
  let eventBytes = 0;
  for (const site of [hub, ...spokes]) {
    expect(await site.list({ inConflict: true })).toEqual([]);
    const { packages, next } = await site.find.list(listOf({ limit: 1_000 }));
    expect(packages.map(({ filename, status }) => [filename, status])).toEqual(filenames.map((name) => [name, 'Public']));
    expect(next).toBe('');
    for (const uuid of uuids) {
      const events = await site.store.readStream(packageStream(uuid));
      mostEvents = Math.max(mostEvents, events.length);
      eventBytes = Math.max(eventBytes, ...events.map(({ data }) => JSON.stringify(data).length));
    }
  }
  expect(mostEvents).toBeLessThanOrEqual(60);
  expect(eventBytes).toBeLessThanOrEqual(1_000);
  const jsonBytes = Math.max(...records.map((record) => JSON.stringify(PackageRecord.toJSON(record)).length));
  process.stdout.write(
    `${siteCount} sites, ${packageCount} packages: ${recordBytes} bytes a record (${jsonBytes} as JSON), ` +
      `${mostEvents} events a package of ${eventBytes} bytes at most\n`,
  );

  // The next act has seen all of them.
  const actor = spokes.at(-1) as Server;
  for (const id of (await actor.list()).map((found) => found.id)) await actor.act({ id, act: 'demote', to: 'Test' });
  await tell(actor, hub);
  for (const record of await recordsOf(hub)) {
    expect(record.changes).toHaveLength(1);
    expect(record.changes[0]?.iss).toBe(actor.iss);
  }
  expect(await recordsOf(actor)).toEqual(await recordsOf(hub));
});
