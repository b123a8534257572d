import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Append, createMemoryEventStore, type EventSource, type RecordedEvent } from '@odst/event-store';
import { createLogger, createSilentLogger, type Logger } from '@odst/telemetry';
import type { TestDatabase } from '@odst/testing';
import { onTestFinished } from 'vitest';
import {
  type Projection,
  type ProjectionRunner,
  type ProjectionsOptions,
  projectionMigrations,
  startProjections,
} from '../src/index.ts';

let made = 0;

/** Lists each event's text under its position; a second event at one position would be refused. */
export const notes: Projection = {
  name: 'notes',
  version: 1,
  tables: ['notes'],
  async apply(transaction, event) {
    await transaction.query('INSERT INTO notes (position, text) VALUES ($1, $2)', [event.position, event.data['text']]);
  },
};

/** The runner of the notes, with the end of all that was started for it. */
export type RunningNotes = ProjectionRunner & AsyncDisposable;

/** A schema with the table of notes, and a store in memory. */
export type Bench = {
  readonly schema: string;
  readonly store: EventSource;
  /** Appends events with these texts, and gives the position of the last. */
  append(...texts: readonly string[]): Promise<bigint>;
  /** Texts in order of position, as committed. */
  rows(): Promise<readonly string[]>;
  checkpoint(version?: number): Promise<bigint | undefined>;
  /** Starts a runner that is stopped when the test ends. */
  start(
    changes?: Partial<Pick<ProjectionsOptions, 'pool' | 'source' | 'logger'>> & { projection?: Projection },
  ): Promise<RunningNotes>;
};

/** Makes a bench for one test. */
export async function createBench({ pool }: TestDatabase): Promise<Bench> {
  const schema = `projections_${++made}`;
  const client = await pool.connect();
  await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`);
  for (const file of (await readdir(projectionMigrations.directory)).sort()) {
    await client.query(await readFile(join(projectionMigrations.directory, file), 'utf8'));
  }
  await client.query(`CREATE TABLE notes (position bigint PRIMARY KEY, text text NOT NULL);
    COMMENT ON TABLE notes IS 'projection: notes'`);
  client.release(true);
  const store = createMemoryEventStore({ clock: { now: () => new Date() } });
  return {
    schema,
    store,
    append: async (...texts) => (await store.append(anAppend(...texts))).position,
    rows: async () =>
      (await pool.query<{ text: string }>(`SELECT text FROM ${schema}.notes ORDER BY position`)).rows.map(({ text }) => text),
    async checkpoint(version = 1) {
      const text = `SELECT position FROM ${schema}.projection_checkpoints WHERE name = 'notes' AND version = $1`;
      const { rows } = await pool.query<{ position: string }>(text, [version]);
      return rows[0] === undefined ? undefined : BigInt(rows[0].position);
    },
    async start({ projection = notes, ...changes } = {}) {
      const logger = createSilentLogger();
      const projections = await startProjections({ pool, schema, source: store, projections: [projection], logger, ...changes });
      onTestFinished(() => projections[Symbol.asyncDispose]());
      const runner = projections.runner(projection.name);
      const waitFor: ProjectionRunner['waitFor'] = (position, timeoutMs = 60_000) => runner.waitFor(position, timeoutMs);
      return { ...runner, waitFor, [Symbol.asyncDispose]: () => projections[Symbol.asyncDispose]() };
    },
  };
}

/** An append of notes with these texts. */
export function anAppend<Transaction>(...texts: readonly string[]): Append<Transaction> {
  const commandId = randomUUID();
  return {
    stream: 'note-1',
    expectedVersion: 'any',
    events: texts.map((text) => ({ type: 'NoteWritten', schemaVersion: 1, data: { text } })),
    metadata: { actor: 'service:test', remoteAddress: '', commandId, correlationId: '', causationId: '', traceparent: '' },
  };
}

/** A logger whose lines a test reads. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: Readonly<Record<string, unknown>>[] } {
  const lines: Readonly<Record<string, unknown>>[] = [];
  return { lines, logger: createLogger({ name: 'test', destination: { write: (line) => void lines.push(JSON.parse(line)) } }) };
}

/** Throws at events with this text while `broken` says so. */
export function failingAt(text: string, broken: () => boolean): Projection {
  return {
    ...notes,
    async apply(transaction, event: RecordedEvent) {
      if (event.data['text'] === text && broken()) throw new Error(`cannot take ${text}`);
      await notes.apply(transaction, event);
    },
  };
}
