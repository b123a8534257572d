import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@odst/testing';
import { expect, test } from 'vitest';
import { gatewayDefinition } from '../../src/index.ts';

test('events that came from topics with a prefix are known without it, under the numbers that they had', async () => {
  await using database = await createTestDatabase();
  const { pool } = database;
  const directory = gatewayDefinition.migrations.at(-1)?.directory ?? '';
  const run = async (file: string) => pool.query(await readFile(join(directory, file), 'utf8'));
  const [first, second, third = ''] = (await readdir(directory)).sort();
  for (const file of [first, second]) await run(file ?? '');
  const shown = ['odst.catalog.v1 1', 'berlin.catalog.v1 1', 'berlin.catalog.v1 2', 'odst-2.catalog.v1 2', 'berlin.storage.v1 1'];
  for (const [index, place] of shown.entries()) {
    const [topic, position] = place.split(' ');
    const text = `INSERT INTO event_feed (feedsequence, topic, position, event_name, event) VALUES ($1, $2, $3, 'X', '{}')`;
    await pool.query(text, [index + 1, topic, position]);
  }
  await run(third);
  const text = `SELECT concat_ws(' ', topic, position) AS place FROM event_feed ORDER BY feedsequence`;
  const { rows } = await pool.query<{ place: string }>(text);
  const known = ['odst.catalog.v1 1', 'berlin.catalog.v1 1', 'odst.catalog.v1 2', 'odst-2.catalog.v1 2', 'odst.storage.v1 1'];
  expect(rows.map(({ place }) => place)).toEqual(known);
});
