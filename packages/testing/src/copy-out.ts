import type pg from 'pg';

/** What the driver tells a query of its own kind. */
type CopyMessage = { readonly chunk: Buffer };

/**
 * What `COPY (query) TO STDOUT` gives: rows as PostgreSQL writes them, byte for byte.
 * @param query with an ORDER BY, for what is to be compared
 */
export async function copyOut(pool: pg.Pool, query: string): Promise<string> {
  const client = await pool.connect();
  try {
    return await copyOutOn(client, query);
  } finally {
    client.release();
  }
}

/** The same over one connection. */
export async function copyOutOn(client: pg.ClientBase, query: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const copy = {
    submit: (connection: pg.Connection) => connection.query(`COPY (${query}) TO STDOUT`),
    handleCopyData: ({ chunk }: CopyMessage) => void chunks.push(Buffer.from(chunk)),
    handleCommandComplete: () => undefined,
    handleError: reject,
    handleReadyForQuery: () => resolve(Buffer.concat(chunks).toString('utf8')),
  };
  client.query(copy);
  return promise;
}
