import type pg from 'pg';
import type { AdminClient } from './admin-client.ts';

/** A dead letter, as the API tells it. */
export type DeadLetterRow = {
  readonly id: string;
  readonly consumer: string;
  readonly attempts: number;
  readonly waiting: number;
  readonly skipped: { readonly by: string; readonly at: string; readonly reason: string } | null;
};

/** The dead letters of a server. @param query as of the API */
export async function deadLettersOf(admin: AdminClient, query = ''): Promise<readonly DeadLetterRow[]> {
  const answer = await admin.send(`/api/v1/dead-letters${query}`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { items: DeadLetterRow[] }).items;
}

/** Asks for a retry, or for a skip with a reason. */
export function settleLetter(admin: AdminClient, id: string, reason?: string): Promise<Response> {
  const path = `/api/v1/dead-letters/${id}`;
  if (reason === undefined) return admin.send(`${path}/retry`, { method: 'POST' });
  const headers = { 'content-type': 'application/json' };
  return admin.send(`${path}/skip`, { method: 'POST', body: JSON.stringify({ reason }), headers });
}

/** Sets events aside in the name of a consumer, all with one key, the first as failed; their positions are behind any real one. */
export async function plantLetters(
  owner: pg.Client,
  { consumer, key, events }: { readonly consumer: string; readonly key: string; readonly events: readonly object[] },
): Promise<void> {
  const [service] = consumer.split('.');
  for (const [index, event] of events.entries()) {
    const [state, tries, error] = index === 0 ? ['failed', 8, 'Error: planted'] : ['waiting', 0, ''];
    await owner.query(
      `INSERT INTO ${service}.dead_letters (consumer, topic, key, position, event, state, tries, error, parked_at)
       SELECT $1, 'odst.catalog.v1', $2, coalesce(max(position), 900000) + 1, $3, $4, $5, $6, now() FROM ${service}.dead_letters`,
      [consumer, key, JSON.stringify(event), state, tries, error],
    );
  }
}
