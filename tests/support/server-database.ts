import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Where the embedded database of a standalone server is, while that runs. */
export async function serverDatabase(dataDir: string) {
  const [, , , port, host = ''] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  return { host, port: Number(port), user: 'odst', database: 'odst' };
}

/** Does something with the embedded database of a standalone server, as its owner. */
export async function onServerDatabase<T>(dataDir: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(await serverDatabase(dataDir));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** All rows of all tables of the services and of the bus, as text, by table. */
export function allRows(dataDir: string): Promise<ReadonlyMap<string, string>> {
  return onServerDatabase(dataDir, async (client) => {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const rows = new Map<string, string>();
    for (const { name } of tables.rows) {
      const found = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      rows.set(name, found.rows.map(({ row }) => row).join('\n'));
    }
    return rows;
  });
}
