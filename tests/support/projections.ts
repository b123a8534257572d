import { copyOutOn, eventually } from '@odst/testing';
import type { AdminClient } from './admin-client.ts';
import { onServerDatabase } from './server-database.ts';

/** A read model, as the API tells it. */
export type ProjectionRow = {
  readonly name: string;
  readonly service: string;
  readonly lag: number;
  readonly state: string;
  readonly rebuild: { readonly state: string; readonly position: number } | null;
};

/** The read models of a server. */
export async function projectionsOf(admin: AdminClient): Promise<readonly ProjectionRow[]> {
  const answer = await admin.send('/api/v1/projections');
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { items: ProjectionRow[] }).items;
}

/** Asks for a rebuild. */
export function askRebuild(admin: AdminClient, name: string): Promise<Response> {
  return admin.send(`/api/v1/projections/${name}/rebuild`, { method: 'POST' });
}

/** Asks for a rebuild and waits until it is done. */
export async function rebuild(admin: AdminClient, name: string): Promise<void> {
  const asked = await askRebuild(admin, name);
  if (asked.status !== 202) throw new Error(`${asked.status} ${await asked.text()}`);
  await eventually(async () => (await projectionsOf(admin)).find((row) => row.name === name)?.rebuild?.state === 'done', 120_000);
}

/** Waits until the feed has every event of a standalone server's services. */
export function untilFeedIsWhole(dataDir: string): Promise<boolean> {
  const counts = ['registration', 'catalog', 'storage', 'sync'].map((service) => `(SELECT count(*) FROM ${service}.events)`);
  const text = `SELECT ${counts.join(' + ')} = (SELECT count(*) FROM gateway.event_feed) AS whole`;
  return onServerDatabase(dataDir, (client) =>
    eventually(async () => (await client.query<{ whole: boolean }>(text)).rows[0]?.whole === true, 60_000),
  );
}

/** What a read model and a rebuild of it could change in a standalone server's database, byte for byte. */
export function databaseOf(dataDir: string) {
  return onServerDatabase(dataDir, async (client) => {
    const schemas = await client.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE '%rebuild%'`,
    );
    const feed = await client.query<{ oid: number }>(`SELECT 'gateway.event_feed'::regclass::oid AS oid`);
    return {
      packages: await copyOutOn(client, 'SELECT * FROM catalog.packages ORDER BY uuid'),
      servers: await copyOutOn(client, 'SELECT * FROM registration.known_servers ORDER BY iss'),
      accounts: await copyOutOn(client, 'SELECT * FROM registration.accounts ORDER BY username'),
      events: await copyOutOn(client, 'SELECT * FROM catalog.events ORDER BY position'),
      feed: await copyOutOn(client, 'SELECT feedsequence, topic, position FROM gateway.event_feed ORDER BY 1'),
      feedTable: feed.rows[0]?.oid,
      leftovers: schemas.rows.map(({ name }) => name),
    };
  });
}
