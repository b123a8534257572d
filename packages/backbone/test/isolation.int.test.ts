import { randomUUID } from 'node:crypto';
import { createPostgresEventStore } from '@odst/event-store-postgres';
import { createPool } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase } from '@odst/testing';
import { expect, test } from 'vitest';
import { provisionService } from '../src/index.ts';

const logger = createSilentLogger();
const service = 'notes';

test('two processes append at once in a database whose default isolation is repeatable read', async () => {
  await using database = await createTestDatabase();
  await database.pool.query(`ALTER DATABASE ${database.name} SET default_transaction_isolation = 'repeatable read'`);
  const { url } = await provisionService({ adminUrl: database.url, service, migrations: [], logger });
  const write = async (stream: string): Promise<void> => {
    await using ending = new AsyncDisposableStack();
    const pool = ending.adopt(createPool(url, { applicationName: stream, schema: service, logger }), (opened) => opened.end());
    const store = ending.use(createPostgresEventStore({ pool, schema: service }));
    for (let count = 0; count < 100; count += 1) {
      await store.append({
        stream,
        expectedVersion: 'any',
        events: [{ type: 'NoteWritten', schemaVersion: 1, data: {} }],
        metadata: {
          actor: 'account:admin',
          remoteAddress: '',
          commandId: randomUUID(),
          correlationId: '',
          causationId: '',
          traceparent: '',
        },
      });
    }
  };
  await Promise.all([write('note-a'), write('note-b')]);
  expect((await database.pool.query(`SELECT FROM ${service}.events`)).rowCount).toBe(200);
});
