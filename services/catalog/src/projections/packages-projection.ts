import { execute, queryRows } from '@odst/postgres';
import type { Projection } from '@odst/projections';
import { packageEventCodec } from '../app/streams.ts';
import { evolvePackage } from '../domain/package.ts';
import { packageStream } from '../domain/package-identity.ts';
import { columnsOf, entryOf, type PackageRow } from './package-row.ts';

const streamPrefix = packageStream('');

const columns = [
  'uuid',
  'package_id',
  'filename',
  'folded_name',
  'status',
  'stage',
  'stages',
  'in_conflict',
  'awaits_confirmation',
  'contents',
  'wanted',
  'unsealed',
  'record_digest',
  'trashed_at',
  'version',
  'created_at',
  'changed_at',
  'view',
  'state',
] as const;

/** What never changes of a package. */
const fixed: readonly string[] = ['uuid', 'package_id', 'filename', 'folded_name', 'created_at'];

const select = 'SELECT version, created_at, state FROM packages WHERE uuid = $1';
const put = `
  INSERT INTO packages (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
  ON CONFLICT (uuid) DO UPDATE SET ${columns
    .filter((column) => !fixed.includes(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

/** The table `packages`: the same fold as the commands are decided on. */
export const packagesProjection: Projection = {
  name: 'packages',
  version: 6,
  tables: ['packages'],
  async apply(transaction, event) {
    if (!event.stream.startsWith(streamPrefix) || !packageEventCodec.reads(event)) return;
    const uuid = event.stream.slice(streamPrefix.length);
    const [row] = await queryRows<PackageRow>(transaction, select, [uuid]);
    const before = row === undefined ? undefined : entryOf(row);
    const state = evolvePackage(before?.package, packageEventCodec.decode(event));
    const entry = { package: state, version: event.version, createdAt: before?.createdAt ?? event.recordedAt };
    await execute(transaction, put, [...columnsOf(entry, event.recordedAt)]);
  },
};
