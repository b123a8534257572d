import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openBackbone } from '@odst/backbone';
import { catalogEventCodec, changesOfRecord, type PackageChange, PackageRecord } from '@odst/contracts/catalog';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { installerFile } from './installer-file.ts';
import { onServerDatabase, serverDatabase } from './server-database.ts';
import type { Server } from './server-process.ts';

/** As many rows as there are to be, each as the one that there is but for what must differ. */
const multiply = `
  INSERT INTO catalog.packages
  SELECT row.* FROM catalog.packages AS one,
    unnest($1::text[], $2::text[], $3::integer[], $4::text[]) AS many (uuid, filename, number, sha256),
    json_populate_record(one, json_build_object(
      'uuid', many.uuid, 'package_id', many.number, 'filename', many.filename, 'folded_name', lower(many.filename),
      'changed_at', one.changed_at + many.number * interval '1 ms',
      'contents', json_build_array(many.sha256),
      'view', replace(replace(replace(replace(one.view::text, one.uuid, many.uuid), one.filename, many.filename),
        one.contents[1], many.sha256), '"id":1,', '"id":' || many.number || ',')::json,
      'state', replace(replace(replace(replace(one.state::text, one.uuid, many.uuid), one.filename, many.filename),
        one.contents[1], many.sha256), '"packageId":1,', '"packageId":' || many.number || ',')::json)) AS row`;

/** As unique as the one that a server makes of the name. Nothing asks for these packages by their names. */
const uuidOf = (filename: string) => createHash('md5').update(filename).digest('hex');

/** Each has a content of its own, as packages have. Only the first is really there. */
const contentOf = (filename: string) => createHash('sha256').update(filename).digest('hex');

/**
 * Fills a server that has nothing yet with packages that many sites held before they met: each with as many equal changes that stand,
 * one of this server and one of each other site. The first comes to it by an upload and by events of its store, which the server folds;
 * the others are rows as the server made that one.
 * @returns the SHA-256 of each package's content, in the order of their numbers
 */
export async function fillWithPackages(server: Server, packages: number, sites: number): Promise<readonly string[]> {
  const nameOf = (number: number) => `Installer of the package ${number}.pkg`;
  const file = await installerFile(join(server.dataDir, 'one.pkg'), 100_000, 'one');
  const uploaded = await server.admin.upload(file.path, nameOf(1), 'Prod');
  if (uploaded.status !== 201) throw new Error(await uploaded.text());
  await tellOfSites(server, nameOf(1), sites - 1);
  const numbers = Array.from({ length: packages - 1 }, (_, index) => index + 2);
  const names = numbers.map(nameOf);
  const contents = names.map(contentOf);
  await onServerDatabase(server.dataDir, async (client) => {
    await client.query(multiply, [names.map(uuidOf), names, numbers, contents]);
    await client.query(`SELECT setval('catalog.package_numbers', $1)`, [packages]);
    await client.query('VACUUM ANALYZE catalog.packages');
  });
  return [file.sha256, ...contents];
}

/** Appends a change of each of so many sites that says what the uploaded one says, and waits until the server's list has them. */
async function tellOfSites(server: Server, filename: string, sites: number): Promise<void> {
  const { host, port, user, database } = await serverDatabase(server.dataDir);
  const databaseUrl = `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;
  const clock = { now: () => new Date() };
  await using backbone = await openBackbone({ databaseUrl, service: 'catalog', clock, logger: createSilentLogger() });
  const changes = async (): Promise<readonly PackageChange[]> => {
    const found = await onServerDatabase(server.dataDir, (client) =>
      client.query<{ record: unknown }>(`SELECT state->'record' AS record FROM catalog.packages WHERE filename = $1`, [filename]),
    );
    return found.rows.flatMap(({ record }) => changesOfRecord(PackageRecord.fromJSON(record)));
  };
  const signed = await eventually(async () => (await changes()).find(({ signature }) => signature.length > 0) ?? false, 120_000);
  const events = Array.from({ length: sites }, (_, index) => {
    const iss = randomBytes(16).toString('hex');
    const change = {
      ...signed,
      iss,
      epoch: randomBytes(8).toString('hex'),
      stamp: signed.stamp + BigInt(index),
      signature: randomBytes(64),
    };
    return catalogEventCodec.encode({ type: 'PackageAnnounced', data: { packageId: 1, change, fromIss: iss } });
  });
  const ids = { correlationId: 'fill', causationId: '', traceparent: '' };
  const metadata = { actor: 'service:catalog', remoteAddress: '', commandId: `fill ${filename}`, ...ids };
  await backbone.store.append({ stream: `package-${signed.uuid}`, expectedVersion: 'any', events, metadata });
  await eventually(async () => (await changes()).length === sites + 1, 120_000);
}
