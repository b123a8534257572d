import { escapeIdentifier, type Pool } from 'pg';
import type { Projection, ProjectionTransaction } from './projection.ts';

/** The row that says how far a version of a projection is. */
export interface Checkpoint {
  /**
   * Makes the row where there is none, and empties the projection's tables in the same transaction.
   * @returns the position
   */
  prepare(transaction: ProjectionTransaction): Promise<bigint>;
  /** Position of the row, locked until the transaction ends; undefined while another process holds the lock. */
  lock(transaction: ProjectionTransaction): Promise<bigint | undefined>;
  /** Moves the row. */
  advance(transaction: ProjectionTransaction, position: bigint): Promise<void>;
  /** Position of the row as committed. */
  read(): Promise<bigint>;
}

type Row = { readonly position: string };

/** Builds the checkpoint of a projection in a schema. */
export function createCheckpoint(pool: Pool, schema: string, projection: Projection): Checkpoint {
  const table = `${escapeIdentifier(schema)}.projection_checkpoints`;
  const key = [projection.name, projection.version];
  const positionOf = (rows: readonly Row[]): bigint | undefined => (rows[0] === undefined ? undefined : BigInt(rows[0].position));

  return {
    async prepare(transaction) {
      const made = await transaction.query(
        `INSERT INTO ${table} (name, version, position) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING`,
        key,
      );
      const tables = projection.tables ?? [];
      if (made.rowCount === 1 && tables.length > 0) {
        await transaction.query(
          `TRUNCATE ${tables.map((name) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`).join(', ')}`,
        );
      }
      const { rows } = await transaction.query<Row>(`SELECT position FROM ${table} WHERE name = $1 AND version = $2`, key);
      return positionOf(rows) ?? 0n;
    },
    async lock(transaction) {
      const text = `SELECT position FROM ${table} WHERE name = $1 AND version = $2 FOR UPDATE SKIP LOCKED`;
      return positionOf((await transaction.query<Row>(text, key)).rows);
    },
    async advance(transaction, position) {
      await transaction.query(`UPDATE ${table} SET position = $3, updated_at = now() WHERE name = $1 AND version = $2`, [
        ...key,
        position,
      ]);
    },
    async read() {
      const { rows } = await pool.query<Row>(`SELECT position FROM ${table} WHERE name = $1 AND version = $2`, key);
      return positionOf(rows) ?? 0n;
    },
  };
}
