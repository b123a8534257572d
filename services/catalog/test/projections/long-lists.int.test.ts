import { PackageRecord } from '@odst/contracts/catalog';
import { execute, queryRows } from '@odst/postgres';
import { startProjections } from '@odst/projections';
import { expect, test } from 'vitest';
import { createFindPackages } from '../../src/app/find-packages.ts';
import { packageStream } from '../../src/domain/package-identity.ts';
import { packagesProjection } from '../../src/projections/packages-projection.ts';
import { createPgPackageRows } from '../../src/projections/pg-package-rows.ts';
import { openCatalogDatabase, testLogger } from '../support/catalog-database.ts';
import { nomadUuid } from '../support/records.ts';
import { createTestServer, listOf, metadataOf } from '../support/test-server.ts';

const packageCount = 10_000;
const siteCount = 50;
const pageSize = 500;

/** The events of a package that fifty sites held before they met, as one of them stores them. */
async function eventsOfMeeting() {
  const sites = Array.from({ length: siteCount }, (_, index) => createTestServer((index + 1).toString(16).padStart(32, '0')));
  const [hub] = sites;
  if (hub === undefined) throw new TypeError('no site');
  for (const [index, site] of sites.entries()) {
    site.clock.advance(index * 60_000);
    await site.upload(1, '1', 'Prod');
    if (site !== hub) await hub.offer(await site.record(), site.iss);
  }
  return hub.store.readStream(packageStream(nomadUuid));
}

async function openRows() {
  await using stack = new AsyncDisposableStack();
  const { pool, schema, store } = stack.use(await openCatalogDatabase());
  const projections = stack.use(
    await startProjections({ pool, schema, source: store, projections: [packagesProjection], logger: testLogger }),
  );
  const rows = createPgPackageRows(pool, store, projections.runner('packages'));
  const opened = stack.move();
  return { pool, store, rows, find: createFindPackages(rows), [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** As many rows as there are to be, each as the one that there is, but for what must differ. */
const multiply = `
  INSERT INTO packages
  SELECT lpad(to_hex(number), 32, '0'), number, 'Package ' || number || '.pkg', 'package ' || number || '.pkg', status, stage, stages,
    in_conflict, awaits_confirmation, contents, wanted, unsealed, record_digest, leaving, trashed_at, version, created_at, changed_at + number * interval '1 ms',
    replace(view::text, '"id":1,', '"id":' || number || ',')::json,
    replace(state::text, uuid, lpad(to_hex(number), 32, '0'))::json
  FROM packages, generate_series(2, $1::integer) AS number`;

test('ten thousand packages of fifty sites are listed in pages, and rows are small', async () => {
  await using catalog = await openRows();
  const { pool, store, rows, find } = catalog;
  const events = (await eventsOfMeeting()).map(({ type, schemaVersion, data }) => ({ type, schemaVersion, data }));
  await store.append({ stream: packageStream(nomadUuid), expectedVersion: 0, events, metadata: metadataOf() });
  expect(await rows.caughtUp(120_000)).toBe(true);
  await execute(pool, multiply, [packageCount]);

  const listAll = async (sort: string) => {
    const startedAtMs = performance.now();
    const ids: number[] = [];
    let pages = 0;
    for (let after = ''; ; ) {
      const { packages, next } = await find.list(listOf({ sort, after, limit: pageSize }));
      pages += 1;
      ids.push(...packages.map(({ id }) => id));
      if (next === '') return { ids, pages, ms: performance.now() - startedAtMs };
      after = next;
    }
  };
  const times: string[] = [];
  for (const sort of ['id', 'name', 'changed']) {
    const { ids, pages, ms } = await listAll(sort);
    expect(pages).toBe(packageCount / pageSize);
    expect(new Set(ids).size).toBe(packageCount);
    // Below a second on a machine that does nothing else.
    expect(ms).toBeLessThan(30_000);
    times.push(`${sort} ${ms.toFixed(0)} ms`);
  }
  const startedAtMs = performance.now();
  let digests = 0;
  for (let after = ''; ; ) {
    const page = await find.digests({ prefix: '', after, limit: 2_000, uuids: [] });
    digests += page.digests.length;
    after = page.digests.at(-1)?.uuid ?? '';
    if (page.digests.length < 2_000) break;
  }
  expect(digests).toBe(packageCount);
  const digestsMs = performance.now() - startedAtMs;
  expect(digestsMs).toBeLessThan(30_000);
  times.push(`digests ${digestsMs.toFixed(0)} ms`);
  const [sizes] = await queryRows<{ view: number; state: number; row: number; table: number }>(
    pool,
    `SELECT max(octet_length(view::text)) AS view, max(octet_length(state::text)) AS state, max(pg_column_size(packages.*)) AS row,
       (pg_total_relation_size('packages') / count(*))::integer AS table FROM packages`,
  );
  expect(sizes?.view).toBeLessThan(2_000);
  expect(sizes?.state).toBeLessThan(20_000);
  const [record] = await Array.fromAsync(find.records([nomadUuid]));
  const recordBytes = PackageRecord.encode(record as PackageRecord).finish().length;
  expect(record?.changes).toHaveLength(siteCount);
  process.stdout.write(
    `${packageCount} packages of ${siteCount} sites in ${packageCount / pageSize} pages: ${times.join(', ')}; ` +
      `record ${recordBytes} B, view ${sizes?.view} B, state ${sizes?.state} B, on disk ${sizes?.table} B a package\n`,
  );
});
