import { PackageRecord } from '@odst/contracts/catalog';
import { expect, test } from 'vitest';
import { packageStream, packageUuid } from '../../src/domain/package-identity.ts';
import { createTestServer, listOf } from '../support/test-server.ts';

/** Packages that all sites hold before they meet. 2,000 take some eight minutes of a processor: ODST_TEST_SHARED_PACKAGES=2000. */
const packageCount = Number(process.env['ODST_TEST_SHARED_PACKAGES'] ?? 3);
const siteCount = 50;

/** Packages of one question, or of one page. */
const pageSize = 500;

type Server = ReturnType<typeof createTestServer>;

const filenames = Array.from({ length: packageCount }, (_, index) => `Package ${index + 1}.pkg`);
const pages = Array.from({ length: Math.ceil(packageCount / pageSize) }, (_, index) =>
  filenames.slice(index * pageSize, (index + 1) * pageSize).map(packageUuid),
);

async function* recordsOf(server: Server): AsyncGenerator<PackageRecord> {
  for (const uuids of pages) yield* server.find.records(uuids);
}

/** Records as they travel. */
async function encodedRecords(server: Server): Promise<readonly Buffer[]> {
  return Array.fromAsync(recordsOf(server), (record) => Buffer.from(PackageRecord.encode(record).finish()));
}

async function tell(from: Server, to: Server): Promise<void> {
  for await (const record of recordsOf(from)) {
    const { held } = await to.offer(record, from.iss);
    if (held.length > 0) expect(held).toEqual([]);
  }
}

/** Sites that each hold all packages and have never met; one of them is the hub of the others. */
async function strangers(): Promise<{ readonly hub: Server; readonly spokes: Server[] }> {
  const sites = Array.from({ length: siteCount }, (_, index) => createTestServer((index + 1).toString(16).padStart(32, '0')));
  for (const [index, site] of sites.entries()) {
    site.clock.advance(index * 60_000);
    for (const [number, filename] of filenames.entries()) await site.upload(number, '1', 'Prod', { filename });
  }
  const [hub, ...spokes] = sites as [Server, ...Server[]];
  return { hub, spokes };
}

/** Every package of its list, by pages. */
async function listAll(server: Server) {
  const listed: [string, string][] = [];
  for (let after = ''; ; ) {
    const { packages, next } = await server.find.list(listOf({ after, limit: pageSize }));
    listed.push(...packages.map(({ filename, status }): [string, string] => [filename, status]));
    if (next === '') return listed;
    after = next;
  }
}

/** What a site has of them after it met the others: no conflict, all in the list. @returns the most events of a package, and bytes of one */
async function checkSite(site: Server) {
  expect(await site.list({ inConflict: true })).toEqual([]);
  expect(await listAll(site)).toEqual(filenames.map((name) => [name, 'Public']));
  let [events, bytes] = [0, 0];
  for (const uuid of pages.flat()) {
    const stream = await site.store.readStream(packageStream(uuid));
    events = Math.max(events, stream.length);
    for (const { data } of stream) bytes = Math.max(bytes, JSON.stringify(data).length);
  }
  return { events, bytes };
}

/** Tells the spokes one after the other what the hub knows, and lets go of all but the last: what fifty keep does not fit into memory. */
async function tellSpokes(hub: Server, spokes: Server[], check: (site: Server) => Promise<void>): Promise<Server> {
  for (;;) {
    const spoke = spokes.shift();
    if (spoke === undefined) throw new TypeError('a spoke at least');
    await tell(hub, spoke);
    await check(spoke);
    if (spokes.length === 0) return spoke;
  }
}

test('fifty sites that hold the same packages before they meet agree, with small records and few small events', {
  timeout: 300_000 + packageCount * 2_000,
}, async () => {
  const { hub, spokes } = await strangers();
  for (const spoke of spokes) await tell(spoke, hub);

  const records = await encodedRecords(hub);
  expect(records).toHaveLength(packageCount);
  const recordBytes = Math.max(...records.map((record) => record.length));
  expect(recordBytes).toBeLessThanOrEqual(9_000);
  let jsonBytes = 0;
  for await (const record of recordsOf(hub)) {
    expect([record.changes.length, record.bodies.length]).toEqual([siteCount, 1]);
    jsonBytes = Math.max(jsonBytes, JSON.stringify(PackageRecord.toJSON(record)).length);
  }
  let most = { events: 0, bytes: 0 };
  const check = async (site: Server): Promise<void> => {
    const { events, bytes } = await checkSite(site);
    most = { events: Math.max(most.events, events), bytes: Math.max(most.bytes, bytes) };
    const own = await encodedRecords(site);
    expect(own.filter((record, index) => records[index]?.equals(record))).toHaveLength(packageCount);
  };
  await check(hub);
  const actor = await tellSpokes(hub, spokes, check);
  expect(most.events).toBeLessThanOrEqual(60);
  expect(most.bytes).toBeLessThanOrEqual(1_000);
  process.stdout.write(
    `${siteCount} sites, ${packageCount} packages: ${recordBytes} bytes a record (${jsonBytes} as JSON), ` +
      `${most.events} events a package of ${most.bytes} bytes at most\n`,
  );

  // The next act has seen all of them.
  for (let id = 1; id <= packageCount; id += 1) await actor.act({ id, act: 'demote', to: 'Test' });
  await tell(actor, hub);
  let ended = 0;
  for await (const { changes } of recordsOf(hub)) {
    expect(changes.map(({ iss }) => iss)).toEqual([actor.iss]);
    ended += 1;
  }
  expect(ended).toBe(packageCount);
  expect(await encodedRecords(hub)).toEqual(await encodedRecords(actor));
});
