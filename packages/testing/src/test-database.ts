import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the `postgres` database of the run's PostgreSQL, as its owner; set by global-setup.ts. */
    readonly odstPostgresUrl: string;
  }
}

/** An empty database of its own for one test file or one test. */
export interface TestDatabase extends AsyncDisposable {
  /** Its name, `odst_test_<random>`. */
  readonly name: string;
  /** URL as the owner of the server, who may create roles and schemas. */
  readonly url: string;
  /** Connections as that owner; at most 10, made when first used. Closed with the database. */
  readonly pool: pg.Pool;
  /** A login role with no rights but CONNECT, named `<name>_<suffix>`; dropped with the database. */
  createRole(suffix: string): Promise<{ readonly role: string; readonly url: string }>;
}

/**
 * Makes an empty database on the run's PostgreSQL (integration tests only). Disposing ends its sessions and drops
 * it, and with it every role whose name begins with the database's.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('odstPostgresUrl');
  const name = `odst_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, (client) => client.query(`create database ${name}`));
  const url = withDatabase(serverUrl, name);
  const pool = new pg.Pool({ connectionString: url, max: 10, allowExitOnIdle: true });
  // Dropping the database ends idle connections from the server's side; nobody waits for them.
  pool.on('error', () => undefined);
  return {
    name,
    url,
    pool,
    async createRole(suffix) {
      const role = `${name}_${suffix}`;
      await pool.query(`create role ${pg.escapeIdentifier(role)} login`);
      return { role, url: withUser(url, role) };
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await onServer(serverUrl, (client) => drop(client, name));
    },
  };
}

async function drop(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${name} with (force)`);
  const roles = await client.query<{ rolname: string }>('select rolname from pg_roles where starts_with(rolname, $1)', [
    `${name}_`,
  ]);
  for (const { rolname } of roles.rows) await client.query(`drop role if exists ${pg.escapeIdentifier(rolname)}`);
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

function withUser(url: string, user: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = '';
  return changed.href;
}
