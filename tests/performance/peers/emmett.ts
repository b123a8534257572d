import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg, { type Pool } from 'pg';

/** What the benchmark uses of emmett's PostgreSQL store. */
export interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly { readonly type: string; readonly data: object; readonly metadata?: object }[],
    options: { readonly expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<unknown>;
  readonly schema: { migrate(): Promise<unknown> };
}

type Emmett = {
  readonly getPostgreSQLEventStore: (
    url: string,
    options: { readonly connectionOptions: { readonly pool: Pool } },
  ) => EmmettStore;
};

const run = promisify(execFile);
const version = '0.42.0';
/** Beside the sources, and no part of them: its packages name no licence, so it is fetched by whoever compares. */
const folder = fileURLToPath(new URL(`../../../.odst-tools/emmett-${version}/`, import.meta.url));
const entry = new URL('node_modules/@event-driven-io/emmett-postgresql/dist/index.js', pathToFileURL(folder));

/** emmett's store in a database, fetched from npm when it is not there yet; undefined where it cannot be. Open until the stack is disposed. */
export async function openEmmett(connectionString: string, stack: AsyncDisposableStack): Promise<EmmettStore | undefined> {
  try {
    await access(entry).catch(install);
  } catch (error) {
    console.log(`not measured: emmett could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  const { getPostgreSQLEventStore } = (await import(entry.href)) as Emmett;
  // A pool of ours: it does not end its own when it is closed.
  const pool = new pg.Pool({ connectionString });
  // Its connections may still be closing when the database stops.
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const store = getPostgreSQLEventStore(connectionString, { connectionOptions: { pool } });
  await store.schema.migrate();
  return store;
}

async function install(): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, `@event-driven-io/emmett-postgresql@${version}`]);
}
