import { type BusMessage, createDeadLetterDesks, reactionMetadata, startReaction, startRelay } from '@odst/event-bus';
import type { EventMetadata } from '@odst/event-store';
import { createPostgresEventStore, eventStoreMigrations } from '@odst/event-store-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createInbox, createPostgresDeadLetters, createPostgresEventBus, createPostgresLease } from '../src/index.ts';
import { createBusDatabase, runMigrations } from './bus-database.ts';

const logger = createSilentLogger();
const clock = { now: () => new Date() };
const schema = 'notes';

let database: TestDatabase;
beforeAll(async () => {
  database = await createBusDatabase();
  await runMigrations(database.pool, schema, eventStoreMigrations.directory);
});
afterAll(() => database[Symbol.asyncDispose]());

const metadataOf = (commandId: string): EventMetadata => ({
  actor: 'account:admin',
  remoteAddress: '192.0.2.7',
  commandId,
  correlationId: 'a correlation',
  causationId: '',
  traceparent: '',
});

test('each committed event takes effect once, poisoned keys park, and a crashed relay is taken over', async () => {
  const { pool } = database;
  await using store = createPostgresEventStore({ pool, schema, clock, logger });
  await using bus = createPostgresEventBus({ pool, logger });
  const deadLetters = createPostgresDeadLetters({ pool, schema, clock });
  const append = (stream: string, commandId: string, type: string, metadata = metadataOf(commandId)) =>
    store.append({ stream, expectedVersion: 'any', events: [{ type, schemaVersion: 1, data: {} }], metadata });

  // A relay that died: its lease is held and nobody renews it.
  const lease = () => createPostgresLease({ pool, schema, name: 'relay', ttlMs: 1_000 });
  const fenceOfTheDead = await lease().acquire();
  expect(fenceOfTheDead).toBe(1n);

  let broken = true;
  const copy = async (message: BusMessage): Promise<void> => {
    if (broken && message.key === 'bad') throw new Error('cannot be copied');
    await append(`copy-${message.key}`, '', 'NoteCopied', reactionMetadata('notes.copy', message));
  };
  const inbox = createInbox(pool, schema);
  const reaction = await startReaction({
    bus,
    inbox,
    deadLetters,
    desks: createDeadLetterDesks({ service: schema, deadLetters }),
    consumer: 'notes.copy',
    topics: [bus.topicOf(schema)],
    on: { NoteWritten: copy },
    logger,
    maxTries: 2,
  });
  onTestFinished(async () => reaction[Symbol.asyncDispose]());

  await append('note-bad', 'bad 1', 'NoteWritten');
  await Promise.all(Array.from({ length: 1_000 }, (_, index) => append(`note-${index}`, `write ${index}`, 'NoteWritten')));
  await append('note-bad', 'bad 2', 'NoteWritten');

  const relay = startRelay({ service: schema, iss: 'b6a3', source: store, bus, lease: lease(), clock, logger });
  onTestFinished(async () => relay[Symbol.asyncDispose]());
  await eventually(
    async () => (await bus.lastPublished(schema)).position === 2_002n && (await deadLetters.count()) === 2,
    180_000,
  );
  await eventually(async () => (await relay.oldestUnpublishedAt()) === undefined);

  const all = await store.readAll(0n, 5_000);
  const copies = all.filter(({ type }) => type === 'NoteCopied');
  expect(copies).toHaveLength(1_000);
  expect(new Set(copies.map(({ stream }) => stream)).size).toBe(1_000);
  const written = new Set(all.filter(({ type }) => type === 'NoteWritten').map(({ id }) => id));
  for (const { metadata } of copies) expect(written).toContain(metadata.causationId);

  const { rows } = await pool.query<{ text: string }>("SELECT string_agg(event::text, '') AS text FROM bus.messages");
  expect(rows[0]?.text).not.toContain('192.0.2.7');

  const [letter] = await deadLetters.list();
  broken = false;
  expect(await reaction.retry(letter?.id ?? 0)).toEqual({ handled: 2 });
  const healed = await store.readStream('copy-bad');
  expect(healed).toHaveLength(2);
  expect(await deadLetters.count()).toBe(0);
});
