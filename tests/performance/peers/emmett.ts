import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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

/**
 * emmett from the folder that ODST_BENCH_EMMETT names, filled by
 * `npm install --prefix DIR @event-driven-io/emmett-postgresql@0.42.0`. Its packages name no licence, so it is installed by whoever
 * compares, never by us. Undefined where the variable is not set. Open until the stack is disposed.
 */
export async function openEmmett(connectionString: string, stack: AsyncDisposableStack): Promise<EmmettStore | undefined> {
  const folder = process.env['ODST_BENCH_EMMETT'];
  if (folder === undefined) return undefined;
  const entry = join(folder, 'node_modules/@event-driven-io/emmett-postgresql/dist/index.js');
  const { getPostgreSQLEventStore } = (await import(pathToFileURL(entry).href)) as Emmett;
  // A pool of ours: it does not end its own when it is closed.
  const pool = new pg.Pool({ connectionString });
  // Its connections may still be closing when the database stops.
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const store = getPostgreSQLEventStore(connectionString, { connectionOptions: { pool } });
  await store.schema.migrate();
  return store;
}
