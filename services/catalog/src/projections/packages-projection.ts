import { execute, queryRows } from '@odst/postgres';
import type { Projection } from '@odst/projections';
import { packageEventCodec } from '../app/streams.ts';
import { evolvePackage } from '../domain/package.ts';
import { packageStream } from '../domain/package-identity.ts';
import { columnsOf, entryOf, type PackageRow } from './package-row.ts';

const streamPrefix = packageStream('');

const select = 'SELECT version, created_at, state FROM packages WHERE uuid = $1';
const put = `
  INSERT INTO packages (uuid, package_id, filename, status, stage, sha256, contents, unsealed, version, created_at, state)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (uuid) DO UPDATE
    SET status = excluded.status, stage = excluded.stage, sha256 = excluded.sha256, contents = excluded.contents,
        unsealed = excluded.unsealed, version = excluded.version, state = excluded.state`;

/** The table `packages`: the same fold as the commands are decided on. */
export const packagesProjection: Projection = {
  name: 'packages',
  version: 3,
  tables: ['packages'],
  async apply(transaction, event) {
    if (!event.stream.startsWith(streamPrefix) || !packageEventCodec.reads(event)) return;
    const uuid = event.stream.slice(streamPrefix.length);
    const [row] = await queryRows<PackageRow>(transaction, select, [uuid]);
    const before = row === undefined ? undefined : entryOf(row);
    const state = evolvePackage(before?.package, packageEventCodec.decode(event));
    const entry = { package: state, version: event.version, createdAt: before?.createdAt ?? event.recordedAt };
    await execute(transaction, put, [...columnsOf(entry)]);
  },
};
