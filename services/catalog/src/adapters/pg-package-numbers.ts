import { queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { PackageNumbers } from '../app/ports.ts';

/** Builds the numbers from the sequence, which no rollback takes back. @param pool finds catalog's schema by its search_path */
export function createPgPackageNumbers(pool: Pool): PackageNumbers {
  return {
    async next() {
      const [row] = await queryRows<{ number: number }>(pool, "SELECT nextval('package_numbers')::integer AS number");
      if (row === undefined) throw new TypeError('a sequence gave no number');
      return row.number;
    },
  };
}
