import type { EventSource } from '@odst/event-store';
import { isOdstError } from '@odst/kernel';
import { queryRows } from '@odst/postgres';
import type { ProjectionRunner } from '@odst/projections';
import type { Pool } from 'pg';
import type { PackageEntry, PackageRows } from '../app/ports.ts';
import { entryOf, type PackageRow } from './package-row.ts';

const defaultTimeoutMs = 2_000;

/** Builds the queries over the table `packages`, which `projection` keeps. @param pool finds catalog's schema by its search_path */
export function createPgPackageRows(pool: Pool, store: EventSource, projection: ProjectionRunner): PackageRows {
  const select = async (rest: string, values: readonly unknown[]): Promise<readonly PackageEntry[]> => {
    const rows = await queryRows<PackageRow>(pool, `SELECT version, created_at, state FROM packages WHERE ${rest}`, values);
    return rows.map(entryOf);
  };
  return {
    async caughtUp(timeoutMs = defaultTimeoutMs) {
      try {
        await projection.waitFor(await store.lastPosition(), timeoutMs);
        return true;
      } catch (error) {
        if (isOdstError(error, 'COMMON_DEADLINE_EXCEEDED')) return false;
        throw error;
      }
    },
    list({ statuses, stages, sha256 }) {
      const where = `($1::text[] IS NULL OR status = ANY ($1)) AND ($2::text[] IS NULL OR stage = ANY ($2))
        AND ($3::text IS NULL OR (contents @> ARRAY[$3] AND sha256 = $3)) ORDER BY package_id`;
      return select(where, [statuses ?? null, stages ?? null, sha256 ?? null]);
    },
    unsealed: (sha256) =>
      select("unsealed <> '{}' AND ($1::text IS NULL OR $1 = ANY (unsealed)) ORDER BY package_id", [sha256 ?? null]),
    byId: async (packageId) => (await select('package_id = $1', [packageId]))[0],
    byUuid: async (uuid) => (await select('uuid = $1', [uuid]))[0],
    namesContent: async (sha256) => (await select('contents @> ARRAY[$1::text] LIMIT 1', [sha256])).length > 0,
  };
}
