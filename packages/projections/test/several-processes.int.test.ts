import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Projection } from '../src/index.ts';
import { createBench, notes, type RunningNotes } from './notes.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Connections of its own, as another process has them. Made before the runner that uses it, so ended after it. */
function anotherPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: database.url, max: 3 });
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  return pool;
}

describe('one projection in several processes', () => {
  test('each event takes effect once, and every process lets callers read their writes', async () => {
    const bench = await createBench(database);
    const runners: RunningNotes[] = [];
    for (let count = 0; count < 3; count += 1) runners.push(await bench.start({ pool: anotherPool() }));
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const position = await bench.append(`note ${index}`);
        await runners[index % 3]?.waitFor(position, 60_000);
      }),
    );
    expect(await bench.rows()).toHaveLength(60);
    expect(await bench.checkpoint()).toBe(60n);
    for (const runner of runners) expect(runner.failure()).toBeUndefined();
  });

  test('another goes on when the one that applies is cut off in the middle', async () => {
    const bench = await createBench(database);
    const inside = Promise.withResolvers<number>();
    const held = Promise.withResolvers<void>();
    const stuck: Projection = {
      ...notes,
      async apply(transaction, event) {
        await notes.apply(transaction, event);
        const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        inside.resolve(rows[0]?.pid ?? 0);
        await held.promise;
      },
    };
    await bench.append('one', 'two');
    const first = await bench.start({ projection: stuck, pool: anotherPool() });
    const pid = await inside.promise;
    const second = await bench.start({ pool: anotherPool() });
    await expect(second.waitFor(2n, 100)).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
    expect(await bench.rows()).toEqual([]);
    await database.pool.query('SELECT pg_terminate_backend($1)', [pid]);
    await second.waitFor(2n);
    expect(await bench.rows()).toEqual(['one', 'two']);
    held.resolve();
    await eventually(async () => (await first.lag()) === 0n && first.failure() === undefined);
    expect(await bench.rows()).toEqual(['one', 'two']);
  });

  test('a database that is away at the start is told as such', async () => {
    const bench = await createBench(database);
    const pool = new pg.Pool({ host: '/nowhere/at/all', user: 'odst', database: 'odst' });
    await expect(bench.start({ pool })).rejects.toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE' });
  });
});
