import type { RecordedEvent } from '@odst/event-store';
import { execute, queryRows } from '@odst/postgres';
import type { Projection, ProjectionTransaction } from '@odst/projections';
import type { PackageEntry } from '../app/ports.ts';
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
  'leaving',
  'trashed_at',
  'version',
  'created_at',
  'changed_at',
  'view',
  'state',
] as const;

/** What never changes of a package. */
const fixed: readonly string[] = ['uuid', 'package_id', 'filename', 'folded_name', 'created_at'];

const select = 'SELECT uuid, version, created_at, state FROM packages WHERE uuid = ANY ($1)';
const put = `
  INSERT INTO packages (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
  ON CONFLICT (uuid) DO UPDATE SET ${columns
    .filter((column) => !fixed.includes(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

/** The table `packages`: the same fold as the commands are decided on. */
export const packagesProjection: Projection = {
  name: 'packages',
  version: 8,
  tables: ['packages'],
  apply: (transaction, event) => fold(transaction, [event]),
  applyBatch: fold,
};

/** Folds events in their order. A package that has several is read and written once: fifty sites tell of one in as many events. */
async function fold(transaction: ProjectionTransaction, events: readonly RecordedEvent[]): Promise<void> {
  const ours = events.filter((event) => event.stream.startsWith(streamPrefix) && packageEventCodec.reads(event));
  const uuids = [...new Set(ours.map(uuidOf))];
  if (uuids.length === 0) return;
  const rows = await queryRows<PackageRow & { readonly uuid: string }>(transaction, select, [uuids]);
  const known = new Map<string, PackageEntry>(rows.map((row) => [row.uuid, entryOf(row)]));
  const folded = new Map<string, { readonly entry: PackageEntry; readonly changedAt: Date }>();
  for (const event of ours) {
    const uuid = uuidOf(event);
    const before = folded.get(uuid)?.entry ?? known.get(uuid);
    const state = evolvePackage(before?.package, packageEventCodec.decode(event));
    const entry = { package: state, version: event.version, createdAt: before?.createdAt ?? event.recordedAt };
    folded.set(uuid, { entry, changedAt: event.recordedAt });
  }
  for (const { entry, changedAt } of folded.values()) await execute(transaction, put, [...columnsOf(entry, changedAt)]);
}

function uuidOf({ stream }: RecordedEvent): string {
  return stream.slice(streamPrefix.length);
}
