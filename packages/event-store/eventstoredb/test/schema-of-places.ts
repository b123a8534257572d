import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { eventStoreDbMigrations } from '../src/migrations.ts';

let made = 0;

/** Makes a schema with the places of an empty store, and a table of notes that tests write alongside. */
export async function createSchema(pool: Pool, name = `places_${++made}`): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query(`CREATE SCHEMA ${name}; SET search_path TO ${name}`);
    for (const file of (await readdir(eventStoreDbMigrations.directory)).sort()) {
      await client.query(await readFile(join(eventStoreDbMigrations.directory, file), 'utf8'));
    }
    await client.query('CREATE TABLE notes (note text NOT NULL UNIQUE)');
  } finally {
    client.release(true);
  }
  return name;
}
