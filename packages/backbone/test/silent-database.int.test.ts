import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPostgresEventStore, type PostgresEventStore } from '@odst/event-store-postgres';
import { createPool } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, openNetwork } from '@odst/testing';
import { expect, onTestFinished, test } from 'vitest';
import { provisionService } from '../src/index.ts';

const logger = createSilentLogger();
const service = 'notes';

/** The store of a service over a network that can fall silent, on a pool that waits half a second for an answer. */
async function storeOnNetwork() {
  const database = await createTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const { url } = await provisionService({ adminUrl: database.url, service, migrations: [], logger });
  const network = await openNetwork(url);
  onTestFinished(() => network[Symbol.asyncDispose]());
  const pool = createPool(network.url, { applicationName: 'test', schema: service, logger, queryTimeoutMs: 500 });
  onTestFinished(() => pool.end());
  const store = createPostgresEventStore({ pool, schema: service });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { database, network, pool, store };
}

const aNote = (stream: string) => ({
  stream,
  expectedVersion: 'any' as const,
  events: [{ type: 'NoteWritten', schemaVersion: 1, data: {} }],
  metadata: {
    actor: 'account:admin',
    remoteAddress: '',
    commandId: `write ${stream}`,
    correlationId: '',
    causationId: '',
    traceparent: '',
  },
});

/** Appends a note over the network as it is, again where the machine took half a second for it. */
const stored = (store: PostgresEventStore, stream: string) => eventually(() => store.append(aNote(stream)));

const mayHaveTakenPlace = {
  code: 'COMMON_DATABASE_UNAVAILABLE',
  message: expect.stringContaining('may have taken place'),
};

test('an append ends when the network swallows what it sends, and those behind it go over another connection', async () => {
  const { network, store } = await storeOnNetwork();
  await stored(store, 'note-a');
  // The next one goes at once then, and the one after it does not share its transaction.
  await nextTurn();
  network.fallSilent('standing');
  const startedAt = performance.now();
  const swallowed = expect(store.append(aNote('note-b'))).rejects.toMatchObject(mayHaveTakenPlace);
  expect(await stored(store, 'note-c')).toMatchObject({ position: 2n });
  await swallowed;
  expect(performance.now() - startedAt).toBeLessThan(60_000);
  expect(await stored(store, 'note-b')).toMatchObject({ position: 3n });
});

test('an append with writes alongside ends in time too, though it is in the middle of its transaction', async () => {
  const { network, store } = await storeOnNetwork();
  const alongside = async () => network.fallSilent('standing');
  const startedAt = performance.now();
  await expect(store.append({ ...aNote('note-a'), alongside })).rejects.toMatchObject(mayHaveTakenPlace);
  expect(performance.now() - startedAt).toBeLessThan(60_000);
});

test('an append that was not waited for any longer takes place once, however often it is repeated', async () => {
  const { database, store } = await storeOnNetwork();
  await stored(store, 'note-a');
  const other = await database.pool.connect();
  await other.query(`BEGIN; SELECT pg_advisory_xact_lock(20036, '"${service}".events'::regclass::oid::integer)`);
  await expect(store.append(aNote('note-b'))).rejects.toMatchObject(mayHaveTakenPlace);
  await other.query('COMMIT');
  other.release();
  await eventually(async () => (await store.lastPosition()) === 2n);
  expect(await stored(store, 'note-b')).toMatchObject({ position: 2n, repeated: true });
});
