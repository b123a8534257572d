import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@odst/testing';
import { expect, test } from 'vitest';
import { eventBusServiceMigrations } from '../src/index.ts';

test('what was kept under the topics of a prefix is kept under the topics without it', async () => {
  await using database = await createTestDatabase();
  const { pool } = database;
  const rowsOf = async (text: string) => (await pool.query<{ row: string }>(text)).rows.map(({ row }) => row);
  const { directory } = eventBusServiceMigrations;
  const files = (await readdir(directory)).sort();
  const run = async (file = '') => pool.query(await readFile(join(directory, file), 'utf8'));
  await run(files[0]);
  await pool.query(`INSERT INTO inbox (consumer, topic, key, position) VALUES
    ('a', 'odst.catalog.v1', 'k', 5), ('a', 'berlin.catalog.v1', 'k', 7), ('a', 'odst-2.catalog.v1', 'k', 6),
    ('a', 'berlin.storage.v1', 'k', 2), ('b', 'odst.catalog.v1', 'k', 1)`);
  await pool.query(`INSERT INTO dead_letters (consumer, topic, key, position, event, state, tries, error, parked_at) VALUES
    ('a', 'berlin.catalog.v1', 'k', 3, '{}', 'failed', 8, 'first', now()), ('a', 'odst.catalog.v1', 'k', 3, '{}', 'failed', 8, 'again', now()),
    ('a', 'berlin.storage.v1', 'k', 3, '{}', 'failed', 8, 'of storage', now())`);
  await run(files[1]);
  expect(await rowsOf(`SELECT concat_ws(' ', consumer, topic, key, position) AS row FROM inbox ORDER BY 1`)).toEqual([
    'a odst.catalog.v1 k 7',
    'a odst.storage.v1 k 2',
    'b odst.catalog.v1 k 1',
  ]);
  expect(await rowsOf(`SELECT concat_ws(' ', topic, position, error) AS row FROM dead_letters ORDER BY 1`)).toEqual([
    'odst.catalog.v1 3 first',
    'odst.storage.v1 3 of storage',
  ]);
});
