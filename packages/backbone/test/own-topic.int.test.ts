import type { EventMetadata } from '@odst/event-store';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually } from '@odst/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openBackbone, provisionService } from '../src/index.ts';

const logger = createSilentLogger();
const clock = { now: () => new Date() };
const service = 'notes';

/** A service on PostgreSQL that has published some events. */
async function publishedNotes(count: number) {
  const database = await createTestDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const { url } = await provisionService({ adminUrl: database.url, service, migrations: [], logger });
  const open = (publishes?: boolean) => openBackbone({ databaseUrl: url, service, publishes, clock, logger });
  await using backbone = await open();
  await using _relay = backbone.startRelay('0f'.repeat(16));
  for (let number = 1; number <= count; number += 1) {
    const events = [{ type: 'NoteWritten', schemaVersion: 1, data: { number } }];
    await backbone.store.append({ stream: 'note-a', expectedVersion: 'any', events, metadata: metadataOf(number) });
  }
  await eventually(async () => (await backbone.bus.lastPublished(service)).position === BigInt(count));
  return { database, open };
}

const metadataOf = (number: number): EventMetadata => ({
  actor: 'account:admin',
  remoteAddress: '',
  commandId: `write ${number}`,
  correlationId: '',
  causationId: '',
  traceparent: '',
});

test('a service whose topic goes on with its events is opened', async () => {
  const { open } = await publishedNotes(3);
  await using backbone = await open();
  expect(await backbone.store.lastPosition()).toBe(3n);
});

test('a service whose store does not have what was published last is not opened, and says what to do', async () => {
  const { database, open } = await publishedNotes(3);
  await database.pool.query("UPDATE bus.messages SET event = jsonb_set(event::jsonb, '{id}', '\"another\"') WHERE position = 3");
  await expect(open()).rejects.toMatchObject({
    code: 'COMMON_SETTING_INVALID',
    message: expect.stringMatching(/^the schema bus of the database has events of notes .* restore the whole database/),
  });
  // Who publishes nothing has no topic of its own.
  await using backbone = await open(false);
  expect(await backbone.store.lastPosition()).toBe(3n);
});
