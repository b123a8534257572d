import { Package as PackageView, type RecordDigest } from '@odst/contracts/catalog';
import type { EventSource } from '@odst/event-store';
import { foldedText, isOdstError, OdstError } from '@odst/kernel';
import { queryRows } from '@odst/postgres';
import type { ProjectionRunner } from '@odst/projections';
import type { Pool } from 'pg';
import type { PackageEntry, PackageFilter, PackageOrder, PackageRows, PageRequest, WorkFilter } from '../app/ports.ts';
import { entryOf, type PackageRow } from './package-row.ts';

type ViewRow = { readonly key: string; readonly view: unknown };

/** As much as is read of the heads of a view: messages in proto3 JSON, which leaves out what is 0 or not set. */
type HeadsRow = {
  readonly id: number;
  readonly filename: string;
  readonly heads:
    | readonly { readonly stage: string; readonly content?: { readonly sha256: string; readonly sizeBytes?: string } }[]
    | null;
};

const contentOf = ({ stage, content }: NonNullable<HeadsRow['heads']>[number]) =>
  content === undefined ? [] : [{ stage, sha256: content.sha256, sizeBytes: BigInt(content.sizeBytes ?? 0) }];

/** By what a list is ordered: the expression, its type, and whether the least comes first. */
const orders = {
  id: { key: 'package_id', type: 'integer', ascending: true },
  '-id': { key: 'package_id', type: 'integer', ascending: false },
  name: { key: 'filename', type: 'text', ascending: true },
  '-name': { key: 'filename', type: 'text', ascending: false },
  changed: { key: 'changed_at', type: 'timestamptz', ascending: false },
  '-changed': { key: 'changed_at', type: 'timestamptz', ascending: true },
} as const satisfies Record<PackageOrder, unknown>;

/** Builds the queries over the table `packages`, which `projection` keeps. @param pool finds catalog's schema by its search_path */
export function createPgPackageRows(pool: Pool, store: EventSource, projection: ProjectionRunner): PackageRows {
  const select = async (rest: string, values: readonly unknown[]): Promise<readonly PackageEntry[]> => {
    const rows = await queryRows<PackageRow>(pool, `SELECT version, created_at, state FROM packages WHERE ${rest}`, values);
    return rows.map(entryOf);
  };
  return {
    async caughtUp(timeoutMs) {
      try {
        await projection.waitFor(await store.lastPosition(), timeoutMs);
        return true;
      } catch (error) {
        if (isOdstError(error, 'COMMON_DEADLINE_EXCEEDED')) return false;
        throw error;
      }
    },
    async list(filter, order, page) {
      const { text, values } = listQuery(filter, order, page);
      const rows = await queryRows<ViewRow>(pool, text, values);
      const items = rows.slice(0, page.limit).map(({ view }) => PackageView.fromJSON(view));
      const last = rows.length > page.limit ? items.at(-1) : undefined;
      const key = rows[page.limit - 1]?.key;
      return { items, next: last === undefined || key === undefined ? '' : formatCursor(order, key, last.id) };
    },
    async count(filter) {
      const text = `SELECT count(*)::int AS total FROM packages WHERE ${listed}`;
      const [row] = await queryRows<{ total: number }>(pool, text, filterValues(filter));
      return row?.total ?? 0;
    },
    async heads(after, limit) {
      const text = `
        SELECT package_id AS id, filename, view->'heads' AS heads FROM packages
        WHERE status <> 'Deleted' AND package_id > $1 ORDER BY package_id LIMIT $2`;
      const rows = await queryRows<HeadsRow>(pool, text, [after, limit]);
      return rows.map(({ id, filename, heads }) => ({ id, filename, heads: heads?.flatMap(contentOf) ?? [] }));
    },
    async trashed() {
      const text = `
        SELECT count(*)::int AS contents, coalesce(sum(bytes), 0)::text AS bytes, min(since) AS since FROM (
          SELECT max((one->'content'->>'sizeBytes')::bigint) AS bytes, min((one->>'trashedAt')::timestamptz) AS since
          FROM packages, json_array_elements(view->'trash') AS one
          WHERE trashed_at IS NOT NULL GROUP BY one->'content'->>'sha256') AS trashed`;
      const [row] = await queryRows<{ contents: number; bytes: string; since: Date | null }>(pool, text);
      return { contents: row?.contents ?? 0, bytes: BigInt(row?.bytes ?? 0), since: row?.since ?? undefined };
    },
    entries(filter, after, limit) {
      const { where, value } = workQuery(filter);
      return select(`package_id > $1 AND ${where} ORDER BY package_id LIMIT $2`, [after, limit, ...value]);
    },
    byId: async (packageId) => (await select('package_id = $1', [packageId]))[0],
    byUuid: async (uuid) => (await select('uuid = $1', [uuid]))[0],
    byUuids: (uuids) => select('uuid = ANY ($1)', [uuids]),
    async recordDigests({ prefix, after, limit, uuids }) {
      // Digits come before letters, and `g` behind all hex digits: what lies between has the prefix.
      const text = `
        SELECT uuid, record_digest AS digest FROM packages
        WHERE record_digest IS NOT NULL AND uuid > $1 AND uuid >= $2 AND uuid < $2 || 'g' ${uuids === undefined ? '' : 'AND uuid = ANY ($4)'}
        ORDER BY uuid LIMIT $3`;
      return queryRows<RecordDigest>(pool, text, [after, prefix, limit, ...(uuids === undefined ? [] : [uuids])]);
    },
    async namesContent(sha256) {
      const rows = await queryRows(pool, 'SELECT 1 FROM packages WHERE contents @> ARRAY[$1::text] LIMIT 1', [sha256]);
      return rows.length > 0;
    },
  };
}

/** Which rows {@link filterValues} leave in. */
const listed = `
  ($1::text[] IS NULL OR status = ANY ($1) OR ('Deleted' = ANY ($1) AND stages = '{}')) AND ($2::text IS NULL OR $2 = ANY (stages))
  AND ($3::text IS NULL OR stage = $3)
  AND ($4::text IS NULL OR package_id IN (SELECT package_id FROM packages WHERE folded_name LIKE $4))
  AND (NOT $5::boolean OR in_conflict) AND (NOT $6::boolean OR trashed_at IS NOT NULL) AND (NOT $7::boolean OR awaits_confirmation)
  AND ($8::integer[] IS NULL OR package_id = ANY ($8))`;

function filterValues(filter: PackageFilter): readonly unknown[] {
  const { statuses, stage, listedStage, query, inConflict, inTrash, awaitingConfirmation, ids } = filter;
  const pattern = query === undefined ? null : `%${foldedText(query).replaceAll(/[\\%_]/g, '\\$&')}%`;
  const states = [inConflict === true, inTrash === true, awaitingConfirmation === true];
  return [statuses ?? null, stage ?? null, listedStage ?? null, pattern, ...states, ids ?? null];
}

function listQuery(filter: PackageFilter, order: PackageOrder, { after, skip, limit }: PageRequest) {
  const { key, type, ascending } = orders[order];
  const from = after === '' ? undefined : parseCursor(order, after);
  const direction = ascending ? 'ASC' : 'DESC';
  const text = `
    SELECT ${key}::text AS key, view FROM packages
    WHERE ${listed} AND ($9::text IS NULL OR (${key}, package_id) ${ascending ? '>' : '<'} ($9::text::${type}, $10::integer))
    ORDER BY ${key} ${direction}, package_id ${direction} LIMIT $11 OFFSET $12`;
  const values = [...filterValues(filter), from?.key ?? null, from?.id ?? null, limit + 1, skip];
  return { text, values };
}

function workQuery(filter: WorkFilter): { readonly where: string; readonly value: readonly unknown[] } {
  switch (filter.kind) {
    case 'all':
      return { where: 'true', value: [] };
    case 'wanted':
      return { where: "wanted <> '{}' AND ($3::text IS NULL OR $3 = ANY (wanted))", value: [filter.sha256 ?? null] };
    case 'unsealed':
      return { where: "unsealed <> '{}' AND ($3::text IS NULL OR $3 = ANY (unsealed))", value: [filter.sha256 ?? null] };
    case 'leaving':
      return { where: "leaving <> '{}'", value: [] };
    case 'trashed':
      return { where: 'trashed_at < $3', value: [filter.before] };
  }
}

/** Cursors are opaque to callers: the order, the key and the number of the last package. */
function formatCursor(order: PackageOrder, key: string, id: number): string {
  return Buffer.from(JSON.stringify([order, key, id])).toString('base64url');
}

function parseCursor(order: PackageOrder, cursor: string): { readonly key: string; readonly id: number } {
  const invalid = new OdstError('COMMON_REQUEST_INVALID', 'after is not a cursor of this list', { pointer: '/after' });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw invalid;
  }
  const [of, key, id] = Array.isArray(parts) ? parts : [];
  const isKey =
    typeof key === 'string' &&
    (!order.endsWith('id') || /^[0-9]{1,9}$/.test(key)) &&
    (!order.endsWith('changed') || !Number.isNaN(Date.parse(key)));
  if (of !== order || !isKey || !Number.isSafeInteger(id)) throw invalid;
  return { key, id };
}
