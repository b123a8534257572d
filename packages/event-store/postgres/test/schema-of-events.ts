import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { eventStoreMigrations } from '../src/index.ts';

let made = 0;

/**
 * Makes a schema with an empty store, and a table of notes that tests write alongside.
 * @param runs which migrations run; default all. A schema that is there gets those of a later call
 */
export async function createSchema(pool: Pool, name = `events_${++made}`, runs = (_file: string) => true): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}; SET search_path TO ${name}`);
    for (const file of (await readdir(eventStoreMigrations.directory)).filter(runs).sort()) {
      await client.query(await readFile(join(eventStoreMigrations.directory, file), 'utf8'));
    }
    await client.query('CREATE TABLE IF NOT EXISTS notes (note text NOT NULL UNIQUE)');
  } finally {
    client.release(true);
  }
  return name;
}
