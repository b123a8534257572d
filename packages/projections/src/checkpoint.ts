import { escapeIdentifier, execute, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { Projection, ProjectionTransaction } from './projection.ts';

/**
 * Whether a version of a projection has tables of its own rules: `begun`, or which versions have them. `first`: none had any.
 */
export type Standing = 'begun' | 'first' | 'lower' | 'higher';

/** The row that says how far a version of a projection is. There is one for the version whose rows the tables hold. */
export interface Checkpoint {
  standing(): Promise<Standing>;
  /** Makes the row of the first version, at the first event, and empties the projection's tables in the same transaction. */
  begin(transaction: ProjectionTransaction): Promise<void>;
  /** Makes the row at a position, in the place of those of other versions: their processes write no more. */
  takeOver(transaction: ProjectionTransaction, position: bigint): Promise<void>;
  /** Position of the row, locked until the transaction ends; undefined while another process holds the lock, or without a row. */
  lock(transaction: ProjectionTransaction): Promise<bigint | undefined>;
  /** The same, after those who hold the lock; the standing without a row. Locks those of other versions too. */
  hold(transaction: ProjectionTransaction): Promise<bigint | Exclude<Standing, 'begun'>>;
  /** Moves the row. */
  advance(transaction: ProjectionTransaction, position: bigint): Promise<void>;
  /** Position of the row as committed; 0 without a row. */
  read(): Promise<bigint>;
}

type Row = { readonly position: string };
type VersionRow = Row & { readonly version: number };

/** Builds the checkpoint of a projection in a schema. */
export function createCheckpoint(pool: Pool, schema: string, { name, version, tables = [] }: Projection): Checkpoint {
  const table = `${escapeIdentifier(schema)}.projection_checkpoints`;
  const key = [name, version];
  const positionOf = (rows: readonly Row[]): bigint | undefined => (rows[0] === undefined ? undefined : BigInt(rows[0].position));
  const ownOf = (rows: readonly VersionRow[]): bigint | undefined => positionOf(rows.filter((row) => row.version === version));
  const withoutOwn = (rows: readonly VersionRow[]): Exclude<Standing, 'begun'> => {
    if (rows.some((row) => row.version > version)) return 'higher';
    return rows.length === 0 ? 'first' : 'lower';
  };
  const insert = `INSERT INTO ${table} (name, version, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`;

  return {
    async standing() {
      const rows = await queryRows<VersionRow>(pool, `SELECT version, position FROM ${table} WHERE name = $1`, [name]);
      return ownOf(rows) === undefined ? withoutOwn(rows) : 'begun';
    },
    async begin(transaction) {
      const made = await execute(transaction, insert, [...key, 0]);
      if (made === 0 || tables.length === 0) return;
      const names = tables.map((each) => `${escapeIdentifier(schema)}.${escapeIdentifier(each)}`);
      await execute(transaction, `TRUNCATE ${names.join(', ')}`);
    },
    async takeOver(transaction, position) {
      await execute(transaction, `DELETE FROM ${table} WHERE name = $1 AND version <> $2`, key);
      await execute(transaction, insert, [...key, position]);
    },
    async lock(transaction) {
      const text = `SELECT position FROM ${table} WHERE name = $1 AND version = $2 FOR UPDATE SKIP LOCKED`;
      return positionOf(await queryRows<Row>(transaction, text, key));
    },
    async hold(transaction) {
      const text = `SELECT version, position FROM ${table} WHERE name = $1 ORDER BY version FOR UPDATE`;
      const rows = await queryRows<VersionRow>(transaction, text, [name]);
      return ownOf(rows) ?? withoutOwn(rows);
    },
    async advance(transaction, position) {
      await execute(transaction, `UPDATE ${table} SET position = $3, updated_at = now() WHERE name = $1 AND version = $2`, [
        ...key,
        position,
      ]);
    },
    async read() {
      const rows = await queryRows<Row>(pool, `SELECT position FROM ${table} WHERE name = $1 AND version = $2`, key);
      return positionOf(rows) ?? 0n;
    },
  };
}
