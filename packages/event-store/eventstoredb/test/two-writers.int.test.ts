import type { Append, AppendResult } from '@odst/event-store';
import { anAppend } from '@odst/event-store/contract/appends';
import { isOdstError } from '@odst/kernel';
import type { PostgresTransaction } from '@odst/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventStoreDbStore } from '../src/index.ts';
import { openBench } from './bench.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const positionsTo = (end: number): bigint[] => Array.from({ length: end }, (_, index) => BigInt(index + 1));

/** A generator of numbers below 1, the same ones for the same seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test.each([1, 2, 3])(
  'against a stand-in server, not EventStoreDB itself: two writers on connections that break store each command once (seed %i)',
  async (seed) => {
    const bench = await openBench(database);
    const stores = [await bench.open(), await bench.open()] as const;
    const random = numbersFrom(seed);
    let breaks = 0;
    bench.standIn.fateOf = () => {
      const number = random();
      if (number > 0.06 || breaks >= 12) return 'answer';
      breaks += 1;
      return number > 0.03 ? 'drop' : 'refuse';
    };
    const total = 120;
    const results = await Promise.all(
      Array.from({ length: total }, (_, index) => {
        const alongside = async (transaction: { query(text: string, values: unknown[]): Promise<unknown> }) => {
          await transaction.query(`INSERT INTO ${bench.schema}.notes VALUES ($1)`, [String(index)]);
        };
        const append = anAppend<PostgresTransaction>({ stream: `note-${index % 5}`, ...(index % 10 === 0 ? { alongside } : {}) });
        return untilAnswered(index % 2 === 0 ? stores[0] : stores[1], append);
      }),
    );
    expect(breaks).toBeGreaterThan(0);
    const all = await eventually(() => stores[0].readAll(0n, 1_000));
    expect(all.map(({ position }) => position)).toEqual(positionsTo(total));
    expect(new Set(all.map(({ id }) => id)).size).toBe(total);
    for (const { events } of results) expect(all).toEqual(expect.arrayContaining([...events]));
    for (let stream = 0; stream < 5; stream += 1) {
      const versions = (await stores[1].readStream(`note-${stream}`)).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: total / 5 }, (_, index) => index + 1));
    }
    expect(await bench.notes()).toHaveLength(total / 10);
  },
);

/** Repeats an append as callers do: with the same command id, as long as its outcome is unknown. */
async function untilAnswered(store: EventStoreDbStore, append: Append<PostgresTransaction>): Promise<AppendResult> {
  return eventually(async () => {
    try {
      return await store.append(append);
    } catch (error) {
      if (isOdstError(error, 'COMMON_DATABASE_UNAVAILABLE')) return undefined;
      throw error;
    }
  }, 180_000);
}
