import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { anAppend } from '@odst/event-store/contract/appends';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Bench, openBench } from './bench.ts';
import type { AppendFate } from './stand-in/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const writerMain = fileURLToPath(new URL('dying-writer.ts', import.meta.url));

function startWriter(bench: Bench) {
  const args = [writerMain, bench.standIn.url, bench.streamPrefix, database.url, bench.schema];
  const writer: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void writer.kill('SIGKILL'));
  let output = '';
  writer.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = once(writer, 'close');
  return { writer, ended, acknowledged: () => output.split('\n').filter((line) => line !== '').length };
}

describe('against a stand-in server, not EventStoreDB itself: a writer killed with -9', () => {
  const moments: [string, AppendFate, 'events' | 'links'][] = [
    ['before its events are stored', 'refuse', 'events'],
    ['when its events are stored and no link of theirs', 'answer', 'events'],
    ['before its links are stored', 'refuse', 'links'],
    ['when all is stored and it has no answer', 'answer', 'links'],
  ];
  test.each(moments)('%s loses nothing, doubles nothing and leaves no gap', async (_moment, fate, what) => {
    const bench = await openBench(database);
    const { standIn, log } = bench;
    const { writer, ended, acknowledged } = startWriter(bench);
    let seen = 0;
    standIn.fateOf = (stream) => {
      // The first append to the log is its header.
      if ((stream === log) !== (what === 'links')) return 'answer';
      seen += 1;
      if (seen !== 8) return 'answer';
      writer.kill('SIGKILL');
      return fate;
    };
    await ended;
    const before = acknowledged();
    expect(before).toBeGreaterThanOrEqual(6);

    const store = await eventually(() => bench.open());
    const stored = await eventually(async () => {
      const all = await store.readAll(0n, 100);
      return all.length > before && all;
    });
    expect(stored.map(({ position, version, metadata }) => [position, version, metadata.commandId])).toEqual(
      Array.from({ length: before + 1 }, (_, index) => [BigInt(index + 1), index + 1, `write ${index + 1}`]),
    );
    expect(await store.append(anAppend({ commandId: `write ${before + 1}` }))).toMatchObject({
      repeated: true,
      version: before + 1,
    });
    expect(await store.append(anAppend({ commandId: `write ${before + 2}` }))).toMatchObject({
      repeated: false,
      version: before + 2,
    });
    expect(await bench.notes()).toHaveLength(before + 1);
    expect(standIn.database.stream(log)).toHaveLength(before + 3);
  });
});

describe('against a stand-in server, not EventStoreDB itself: a session of PostgreSQL that ends within an append', () => {
  test('stores nothing, and the repetition takes the place', async () => {
    const bench = await openBench(database);
    const store = await bench.open();
    const append = anAppend<PostgresTransaction>({
      alongside: async (transaction) => {
        const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await transaction.query('SELECT 1');
      },
    });
    await expect(store.append(append)).rejects.toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE' });
    expect(bench.standIn.database.all()).toHaveLength(1);
    const { alongside: _, ...again } = append;
    expect(await eventually(() => store.append(again))).toMatchObject({ position: 1n, version: 1, repeated: false });
  });
});
