import { escapeIdentifier, execute, lockIsHeld, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { Projection, ProjectionTransaction } from '../projection.ts';
import type { RebuildStatus } from './rebuild-status.ts';

/** A rebuild as its row and its lock tell it. */
export type RecordedRebuild = Omit<RebuildStatus, 'remainingSeconds'>;

/** The rows that say how far the rebuilds of a schema are. */
export interface RebuildRecord {
  begin(transaction: ProjectionTransaction, projection: Projection): Promise<void>;
  advance(transaction: ProjectionTransaction, name: string, position: bigint): Promise<void>;
  /** @param error why it failed; else empty */
  end(transaction: ProjectionTransaction, name: string, state: 'done' | 'failed' | 'interrupted', error: string): Promise<void>;
  /** The last rebuilds by name of the projection. One whose process is gone is `interrupted`, whatever its row still says. */
  read(): Promise<ReadonlyMap<string, RecordedRebuild>>;
  /** Projections whose row says `running`. */
  running(): Promise<readonly string[]>;
}

type Row = {
  readonly name: string;
  readonly state: RebuildStatus['state'];
  readonly position: string;
  readonly started_at: Date;
  readonly updated_at: Date;
  readonly per_second: number | null;
  readonly error: string;
};

const lockNameOf = (schema: string, name: string): string => `'odst.rebuild.' || ${schema}::text || '.' || ${name}::text`;

/** Name of the lock of the connection that rebuilds a projection. */
export function rebuildLockName(schema: string, name: string): string {
  return `odst.rebuild.${schema}.${name}`;
}

/** Builds the record over the table `projection_rebuilds`. */
export function createRebuildRecord(pool: Pool, schema: string): RebuildRecord {
  const table = `${escapeIdentifier(schema)}.projection_rebuilds`;
  const held = lockIsHeld(lockNameOf('$1', 'r.name'));
  return {
    async begin(transaction, { name, version }) {
      await execute(transaction, `DELETE FROM ${table} WHERE name = $1`, [name]);
      await execute(transaction, `INSERT INTO ${table} (name, version, state) VALUES ($1, $2, 'running')`, [name, version]);
    },
    async advance(transaction, name, position) {
      await execute(transaction, `UPDATE ${table} SET position = $2, updated_at = clock_timestamp() WHERE name = $1`, [
        name,
        position,
      ]);
    },
    async end(transaction, name, state, error) {
      const text = `UPDATE ${table} SET state = $2, error = $3, updated_at = clock_timestamp() WHERE name = $1`;
      await execute(transaction, text, [name, state, error]);
    },
    async read() {
      const rows = await queryRows<Row>(
        pool,
        `SELECT r.name, CASE WHEN r.state = 'running' AND NOT ${held} THEN 'interrupted' ELSE r.state END AS state, r.position,
           r.started_at, r.updated_at, r.error,
           (r.position / nullif(extract(epoch FROM r.updated_at - r.started_at), 0))::float8 AS per_second
         FROM ${table} r`,
        [schema],
      );
      return new Map(rows.map((row) => [row.name, rebuildOf(row)]));
    },
    async running() {
      const rows = await queryRows<Pick<Row, 'name'>>(pool, `SELECT name FROM ${table} WHERE state = 'running' ORDER BY name`);
      return rows.map(({ name }) => name);
    },
  };
}

function rebuildOf(row: Row): RecordedRebuild {
  return {
    state: row.state,
    position: BigInt(row.position),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    eventsPerSecond: row.per_second === null || row.per_second === 0 ? undefined : row.per_second,
    error: row.error,
  };
}
