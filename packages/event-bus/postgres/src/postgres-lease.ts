import type { Lease } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import { checkedSchema, type Listener, lockIsHeld, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';

/** What a lease is made of. */
export type PostgresLeaseOptions = {
  readonly pool: Pool;
  /** The service's schema, in which {@link eventBusServiceMigrations} ran. */
  readonly schema: string;
  /** What it is the right to, `relay`. */
  readonly name: string;
  /** 100 to 10,000 milliseconds. Default 10,000: as long the next holder waits for one whose process stands still. */
  readonly ttlMs?: number;
  /**
   * Tells whether this process lives. A lease that was taken or renewed while the listener was connected is free at once when both
   * that connection and the one it was last renewed over are gone, as after a crash. Otherwise, and by default, it is when it has run out.
   */
  readonly listener?: Pick<Listener, 'presence'>;
};

/**
 * Builds a lease that all processes of a service share; time is the database's, so clocks need not agree.
 * @throws OdstError COMMON_SETTING_INVALID for a schema that is no plain name, or a time outside the range
 */
export function createPostgresLease({ pool, schema, name, ttlMs = 10_000, listener }: PostgresLeaseOptions): Lease {
  const table = `"${checkedSchema(schema)}".leases`;
  if (!(ttlMs >= 100 && ttlMs <= 10_000)) {
    throw new OdstError('COMMON_SETTING_INVALID', `a lease lasts 100 to 10,000 ms, not ${ttlMs}`);
  }
  const until = `clock_timestamp() + make_interval(secs => $2)`;
  // A lock that this process does not hold right now says nothing of whether it lives.
  const holder = `CASE WHEN ${lockIsHeld('$3::text')} THEN $3::text END`;
  const presence = listener?.presence ?? null;
  /** A listener's connection breaks in a process that lives, too; then the connection that renews still stands. */
  const isGone = `held.holder IS NOT NULL AND NOT ${lockIsHeld('held.holder')}
    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = held.renewed_by)`;

  const run = async (statement: string, text: string, values: readonly unknown[]): Promise<string | undefined> => {
    const named = { name: `${statement} ${schema}`, text: `${text} RETURNING fence`, values: [name, ...values] };
    const [row] = await queryRows<{ fence: string }>(pool, named);
    return row?.fence;
  };

  return {
    ttlMs,
    async acquire() {
      const text = `INSERT INTO ${table} AS held (name, fence, expires_at, holder, renewed_by)
        VALUES ($1, 1, ${until}, ${holder}, pg_backend_pid())
        ON CONFLICT (name) DO UPDATE SET fence = held.fence + 1, expires_at = excluded.expires_at, holder = excluded.holder,
          renewed_by = excluded.renewed_by
        WHERE held.expires_at <= clock_timestamp() OR (${isGone})`;
      const fence = await run('acquire lease', text, [ttlMs / 1000, presence]);
      return fence === undefined ? undefined : BigInt(fence);
    },
    async renew(fence) {
      const text = `UPDATE ${table} SET expires_at = ${until}, holder = ${holder}, renewed_by = pg_backend_pid()
        WHERE name = $1 AND fence = $4 AND expires_at > clock_timestamp()`;
      return (await run('renew lease', text, [ttlMs / 1000, presence, fence])) !== undefined;
    },
    async release(fence) {
      await run('release lease', `UPDATE ${table} SET expires_at = clock_timestamp() WHERE name = $1 AND fence = $2`, [fence]);
    },
  };
}
