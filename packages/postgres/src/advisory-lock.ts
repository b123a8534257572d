import type { Pool, PoolClient } from 'pg';
import { translateDatabaseError } from './errors.ts';
import { execute, type Queryable, queryRows } from './query.ts';

/**
 * SQL of the key of a lock, from SQL of its name. Names begin with `odst.` and what the lock is for, so that no two purposes
 * share one.
 */
function lockKey(name: string): string {
  return `hashtextextended(${name}, 0)`;
}

/** SQL that says whether anybody holds a lock for as long as his connection lasts, from SQL of its name. */
export function lockIsHeld(name: string): string {
  return `EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.classid::bigint << 32) | l.objid::bigint = ${lockKey(name)})`;
}

/** Waits for a lock and holds it until the transaction ends. Throws as `queryRows`. */
export async function lockUntilEnd(transaction: Queryable, name: string): Promise<void> {
  await execute(transaction, `SELECT pg_advisory_xact_lock(${lockKey('$1')})`, [name]);
}

/**
 * Takes a lock for as long as the connection lasts, or until `unlock`. Throws as `queryRows`.
 * @returns false while another connection holds it
 */
export async function tryLock(connection: Queryable, name: string): Promise<boolean> {
  const text = `SELECT pg_try_advisory_lock(${lockKey('$1')}) AS locked`;
  const [row] = await queryRows<{ locked: boolean }>(connection, { name: 'try lock', text, values: [name] });
  return row?.locked === true;
}

/** Lets go of a lock of this connection. Throws as `queryRows`. */
export async function unlock(connection: Queryable, name: string): Promise<void> {
  await execute(connection, { name: 'unlock', text: `SELECT pg_advisory_unlock(${lockKey('$1')})`, values: [name] });
}

/** Waits for a lock and runs `work` while this connection holds it. Not reentrant. */
export async function underLock<T>(connection: Queryable, name: string, work: () => Promise<T>): Promise<T> {
  await execute(connection, `SELECT pg_advisory_lock(${lockKey('$1')})`, [name]);
  try {
    return await work();
  } finally {
    // A lost connection has given the lock back already.
    await unlock(connection, name).catch(() => undefined);
  }
}

/** A connection that holds a lock. The lock ends with the connection, so with the process; disposing gives both back. */
export interface LockedConnection extends AsyncDisposable {
  /** What goes over it is not written by who lost the lock. */
  readonly client: PoolClient;
}

/** Takes a lock with a connection of its own, or undefined while another connection holds it. Throws as `queryRows`. */
export async function tryLockedConnection(pool: Pool, name: string): Promise<LockedConnection | undefined> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateDatabaseError(error);
  });
  // The statement under way tells of a lost connection; the event would end the process.
  const onError = (): void => undefined;
  client.on('error', onError);
  const giveBack = (error?: unknown): void => {
    client.off('error', onError);
    client.release(error instanceof Error ? error : error !== undefined);
  };
  try {
    if (!(await tryLock(client, name))) {
      giveBack();
      return undefined;
    }
  } catch (error) {
    giveBack(error);
    throw error;
  }
  return {
    client,
    async [Symbol.asyncDispose]() {
      await unlock(client, name).then(() => giveBack(), giveBack);
    },
  };
}
