import { join } from 'node:path';
import { startEmbeddedPostgres } from '@odst/embedded-postgres';
import { anAppend } from '@odst/event-store/contract/appends';
import type { PostgresTransaction } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, temporaryDirectory } from '@odst/testing';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openStore } from './open-store.ts';
import { createSchema } from './schema-of-events.ts';

test('a backend killed with -9 in the middle of an append loses nothing that was acknowledged and leaves no gap', async () => {
  await using folder = await temporaryDirectory();
  await using server = await startEmbeddedPostgres({ dataDir: join(folder.path, 'data'), logger: createSilentLogger() });
  const setUp = new pg.Pool({ connectionString: server.url() });
  setUp.on('error', () => undefined);
  const schema = await createSchema(setUp);
  await setUp.end();
  const { store } = openStore(server.url(), schema);

  const acknowledged = await Promise.all(
    Array.from({ length: 20 }, (_, index) => store.append(anAppend({ stream: `note-${index}` }))),
  );
  const append = anAppend<PostgresTransaction>({
    alongside: async (transaction) => {
      const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      process.kill(rows[0]?.pid ?? Number.NaN, 'SIGKILL');
      await transaction.query('SELECT pg_sleep(10)');
    },
  });
  await expect(store.append(append)).rejects.toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE' });

  const { alongside: _, ...again } = append;
  expect(await eventually(() => store.append(again), 180_000)).toMatchObject({ position: 21n, repeated: false });
  const all = await store.readAll(0n, 100);
  expect(all.map(({ position }) => position)).toEqual(Array.from({ length: 21 }, (_, index) => BigInt(index + 1)));
  for (const { events } of acknowledged) expect(all).toEqual(expect.arrayContaining([...events]));
});
