import pg from 'pg';

/** Makes the database that `connection` names when it is missing. Only one process may do it at a time. */
export async function ensureDatabase(connection: pg.ClientConfig & { readonly database: string }): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    const known = await client.query('select 1 from pg_database where datname = $1', [connection.database]);
    if (known.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(connection.database)}`);
  } finally {
    await client.end();
  }
}
