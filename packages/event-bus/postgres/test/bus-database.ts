import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import type { Pool } from 'pg';
import { eventBusMigrations, eventBusServiceMigrations } from '../src/index.ts';

/** A database with the schema `bus`, and the schema `notes` of a service, with a table of notes. */
export async function createBusDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await runMigrations(database.pool, 'bus', eventBusMigrations.directory);
  await runMigrations(database.pool, 'notes', eventBusServiceMigrations.directory);
  await database.pool.query('CREATE TABLE notes.notes (note text NOT NULL)');
  return database;
}

/** Runs migrations in a schema, made when it is missing. */
export async function runMigrations(pool: Pool, schema: string, directory: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path TO ${schema}`);
    for (const file of (await readdir(directory)).sort()) {
      await client.query(await readFile(join(directory, file), 'utf8'));
    }
  } finally {
    client.release(true);
  }
}
