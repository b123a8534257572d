import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPostgresEventStore, eventStoreMigrations } from '@odst/event-store-postgres';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase } from '@odst/testing';
import { expect, test } from 'vitest';
import { anAppend, createBench } from './notes.ts';

test('a projection shows the appends of two PostgreSQL stores on one schema', async () => {
  await using database = await createTestDatabase();
  const { pool } = database;
  const bench = await createBench(database);
  const client = await pool.connect();
  await client.query(`SET search_path TO ${bench.schema}`);
  for (const file of (await readdir(eventStoreMigrations.directory)).sort()) {
    await client.query(await readFile(join(eventStoreMigrations.directory, file), 'utf8'));
  }
  client.release(true);

  await using store = createPostgresEventStore({ pool, schema: bench.schema });
  await using other = createPostgresEventStore({ pool, schema: bench.schema });
  await using runner = await bench.start({ source: store });
  for (let round = 0; round < 10; round += 1) {
    const { position } = await (round % 2 === 0 ? store : other).append(
      anAppend<PostgresTransaction>(`note ${round}`, 'and more'),
    );
    await runner.waitFor(position);
    expect(await bench.rows()).toHaveLength(2 * (round + 1));
  }
  expect(await runner.lag()).toBe(0n);
});
