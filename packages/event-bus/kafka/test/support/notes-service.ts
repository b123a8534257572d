import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createInbox,
  createPostgresDeadLetters,
  createPostgresLease,
  createPostgresProgressStore,
  eventBusMigrations,
  eventBusServiceMigrations,
} from '@odst/event-bus-postgres';
import type { EventMetadata } from '@odst/event-store';
import { createPostgresEventStore, eventStoreMigrations } from '@odst/event-store-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase } from '@odst/testing';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/** The service of these tests; its schema has the same name. */
export const service = 'notes';

const logger = createSilentLogger();
/** The machine's. */
export const clock = { now: () => new Date() };

const metadataOf = (commandId: string): EventMetadata => ({
  actor: 'account:admin',
  remoteAddress: '',
  commandId,
  correlationId: 'a correlation',
  causationId: '',
  traceparent: '',
});

/** Short, so that nobody waits long after a crash. */
const defaultLeaseMs = 400;

/** What a service has of its database, opened. */
export function openNotes(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  // The database goes at the end of a test, whoever is still connected.
  pool.on('error', () => undefined);
  const store = createPostgresEventStore({ pool, schema: service, clock, logger });
  return {
    pool,
    store,
    inbox: createInbox(pool, service),
    deadLetters: createPostgresDeadLetters({ pool, schema: service, clock }),
    progressStore: createPostgresProgressStore({ pool }),
    /** As a process of its own has it. */
    lease: (ttlMs = defaultLeaseMs) => createPostgresLease({ pool, schema: service, name: 'relay', ttlMs }),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

/** A service on a database of its own, with a table of the effects of a consumer. */
export async function createNotes() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const client = await database.pool.connect();
  // The other bus is there as well: some tests run on either.
  await client.query('CREATE SCHEMA bus; SET search_path TO bus');
  await runMigrations(client, eventBusMigrations.directory);
  await client.query(`CREATE SCHEMA ${service}; SET search_path TO ${service}`);
  for (const { directory } of [eventStoreMigrations, eventBusServiceMigrations]) await runMigrations(client, directory);
  await client.query('CREATE TABLE effects (number bigint GENERATED ALWAYS AS IDENTITY, key text, position bigint)');
  client.release(true);
  const notes = stack.use(openNotes(database.url));
  const opened = stack.move();
  return {
    ...notes,
    url: database.url,
    /** Commands that each write one event, of these keys. @param first number of the first command */
    async write(keys: readonly string[], first = 1): Promise<void> {
      const append = (key: string, index: number) =>
        notes.store.append({
          stream: `note-${key}`,
          expectedVersion: 'any',
          events: [{ type: 'NoteWritten', schemaVersion: 1, data: { number: first + index } }],
          metadata: metadataOf(`write ${first + index}`),
        });
      await Promise.all(keys.map(append));
    },
    /** What took effect, in the order in which it did. */
    async effects(): Promise<readonly { readonly key: string; readonly position: number }[]> {
      const text = 'SELECT key, position::int FROM notes.effects ORDER BY number';
      return (await notes.pool.query<{ key: string; position: number }>(text)).rows;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/**
 * One for the test that runs. Its database goes when the test has finished, after whatever was begun later and is ended then: who still
 * works would ask for a database that is gone.
 */
export async function notesOfTest(): Promise<Notes> {
  const notes = await createNotes();
  onTestFinished(() => notes[Symbol.asyncDispose]());
  return notes;
}

async function runMigrations(client: pg.PoolClient, directory: string): Promise<void> {
  for (const file of (await readdir(directory)).sort()) await client.query(await readFile(join(directory, file), 'utf8'));
}

/** A service of the tests. */
export type Notes = Awaited<ReturnType<typeof createNotes>>;

/** Keys for so many commands. */
export function keysFor(count: number, keys = 40): readonly string[] {
  return Array.from({ length: count }, (_, index) => `key-${index % keys}`);
}
