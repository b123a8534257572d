import type { EventSource } from '@odst/event-store';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Projection } from '../src/index.ts';
import { createBench, failingAt, notes, recordingLogger } from './notes.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describe('projection runner', () => {
  test('applies what is there and what comes', async () => {
    const bench = await createBench(database);
    await bench.append('one', 'two');
    const runner = await bench.start();
    await runner.waitFor(2n);
    const position = await bench.append('three');
    await runner.waitFor(position);
    expect(await bench.rows()).toEqual(['one', 'two', 'three']);
    expect(await bench.checkpoint()).toBe(3n);
    expect(await runner.lag()).toBe(0n);
  });

  test('lets a caller read its own writes every time', async () => {
    const bench = await createBench(database);
    const runner = await bench.start();
    for (let index = 1; index <= 20; index += 1) {
      await runner.waitFor(await bench.append(`note ${index}`));
      expect(await bench.rows()).toHaveLength(index);
    }
  });

  test('refuses a caller whose writes do not show in time', async () => {
    const bench = await createBench(database);
    const runner = await bench.start();
    await expect(runner.waitFor(1n, 30)).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
  });

  test('goes on after its checkpoint when it is started again', async () => {
    const bench = await createBench(database);
    await bench.append('one', 'two');
    const first = await bench.start();
    await first.waitFor(2n);
    await first[Symbol.asyncDispose]();
    const position = await bench.append('three');
    const second = await bench.start();
    await second.waitFor(position);
    expect(await bench.rows()).toEqual(['one', 'two', 'three']);
  });

  test('takes more events than fit in one transaction', async () => {
    const bench = await createBench(database);
    await bench.append(...Array.from({ length: 1234 }, (_, index) => `note ${index}`));
    const runner = await bench.start();
    await runner.waitFor(1234n);
    expect(await bench.rows()).toHaveLength(1234);
  });

  test('hands whole batches to a projection that takes them', async () => {
    const bench = await createBench(database);
    const sizes: number[] = [];
    const projection: Projection = {
      ...notes,
      async applyBatch(transaction, events) {
        sizes.push(events.length);
        for (const event of events) await notes.apply(transaction, event);
      },
    };
    await bench.append('one', 'two', 'three');
    const runner = await bench.start({ projection });
    await runner.waitFor(3n);
    expect(sizes).toEqual([3]);
    expect(await bench.rows()).toEqual(['one', 'two', 'three']);
  });

  test('says how far behind it is', async () => {
    const bench = await createBench(database);
    await bench.append('one', 'poison', 'three');
    const runner = await bench.start({ projection: failingAt('poison', () => true) });
    await eventually(async () => (await runner.lag()) === 2n);
  });

  test('refuses who waits when it stops, and finishes the batch under way', async () => {
    const bench = await createBench(database);
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const projection: Projection = {
      ...notes,
      async apply(transaction, event) {
        begun.resolve();
        await goOn.promise;
        await notes.apply(transaction, event);
      },
    };
    await bench.append('one');
    const runner = await bench.start({ projection });
    await begun.promise;
    const waiting = expect(runner.waitFor(1n)).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    const stopped = runner[Symbol.asyncDispose]();
    goOn.resolve();
    await Promise.all([waiting, stopped]);
    expect(await bench.rows()).toEqual(['one']);
    expect(await bench.checkpoint()).toBe(1n);
  });

  test('builds a new version from the first event', async () => {
    const bench = await createBench(database);
    await bench.append('one', 'two');
    const first = await bench.start();
    await first.waitFor(2n);
    await first[Symbol.asyncDispose]();
    const projection: Projection = {
      ...notes,
      version: 2,
      apply: (transaction, event) => notes.apply(transaction, { ...event, data: { text: `${event.data['text']} again` } }),
    };
    const second = await bench.start({ projection });
    await second.waitFor(2n);
    expect(await bench.rows()).toEqual(['one again', 'two again']);
    expect([await bench.checkpoint(1), await bench.checkpoint(2)]).toEqual([undefined, 2n]);
  });
});

describe('a projection that fails', () => {
  test('is logged and tried again; events before it are applied, none is skipped', async () => {
    const bench = await createBench(database);
    const { logger, lines } = recordingLogger();
    let broken = true;
    await bench.append('one', 'two', 'poison', 'four');
    const runner = await bench.start({ projection: failingAt('poison', () => broken), logger });
    await eventually(() => runner.failure()?.position === 3n && (runner.failure()?.attempts ?? 0) >= 2);
    expect(await bench.rows()).toEqual(['one', 'two']);
    expect(await bench.checkpoint()).toBe(2n);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        projection: 'notes',
        position: '3',
        err: expect.objectContaining({ message: 'cannot take poison' }),
      }),
    );
    broken = false;
    await runner.waitFor(4n);
    expect(await bench.rows()).toEqual(['one', 'two', 'poison', 'four']);
    await eventually(() => runner.failure() === undefined);
  });

  test('finds the event that fails in work that grows with the batch, not with its square', async () => {
    const bench = await createBench(database);
    const { logger, lines } = recordingLogger();
    let applied = 0;
    const poisoned = failingAt('poison', () => true);
    const projection: Projection = {
      ...poisoned,
      async apply(transaction, event) {
        applied += 1;
        await poisoned.apply(transaction, event);
      },
    };
    await bench.append(...Array.from({ length: 60 }, (_, index) => `note ${index}`), 'poison', 'after');
    const runner = await bench.start({ projection, logger });
    await eventually(() => (runner.failure()?.attempts ?? 0) >= 4);
    expect(runner.failure()?.position).toBe(61n);
    expect(await bench.checkpoint()).toBe(60n);
    // Those of the batch up to the one that fails, the same one by one, and the tries.
    expect(applied).toBeLessThanOrEqual(61 + 60 + (runner.failure()?.attempts ?? 0) + 1);
    const failures = lines.filter(({ msg }) => msg === 'a projection failed and will try again');
    expect(failures.map(({ position, attempts }) => `${position}: ${attempts}`).slice(0, 4)).toEqual([
      '1: 1',
      '61: 1',
      '61: 2',
      '61: 3',
    ]);
  });

  test('goes on failing while another process holds its checkpoint', async () => {
    const bench = await createBench(database);
    await bench.append('poison');
    let looks = 0;
    const source: EventSource = {
      ...bench.store,
      async readAll(...at) {
        looks += 1;
        return bench.store.readAll(...at);
      },
    };
    const runner = await bench.start({ projection: failingAt('poison', () => true), source });
    const attempts = () => runner.failure()?.attempts ?? 0;
    await eventually(() => attempts() >= 2);
    const other = await database.pool.connect();
    await other.query(`BEGIN; SELECT FROM ${bench.schema}.projection_checkpoints FOR UPDATE`);
    const looked = looks;
    await eventually(() => {
      runner.look();
      return looks > looked + 2;
    });
    const tried = attempts();
    expect(tried).toBeGreaterThanOrEqual(2);
    await other.query('COMMIT');
    other.release();
    await eventually(() => attempts() > tried);
  });

  test('is live again when a look for events failed that are not there', async () => {
    const bench = await createBench(database);
    await bench.append('one');
    let away = false;
    const source: EventSource = {
      ...bench.store,
      readAll: async (...at) => {
        if (away) throw new Error('the store is away');
        return bench.store.readAll(...at);
      },
    };
    const runner = await bench.start({ source });
    await runner.waitFor(1n);
    away = true;
    await eventually(() => runner.failure() !== undefined);
    away = false;
    await eventually(() => runner.failure() === undefined);
  });

  test('leaves no half of an event behind', async () => {
    const bench = await createBench(database);
    const projection: Projection = {
      ...notes,
      async apply(transaction, event) {
        await notes.apply(transaction, event);
        throw new Error('after the row');
      },
    };
    await bench.append('one');
    const runner = await bench.start({ projection });
    await eventually(() => (runner.failure()?.attempts ?? 0) >= 2);
    expect(await bench.rows()).toEqual([]);
    expect(await bench.checkpoint()).toBe(0n);
  });

  test('fails too when it kept the error of a statement to itself', async () => {
    const bench = await createBench(database);
    const projection: Projection = {
      ...notes,
      async apply(transaction) {
        await transaction.query('SELECT * FROM no_such_table').catch(() => undefined);
      },
    };
    await bench.append('one');
    const runner = await bench.start({ projection });
    await eventually(() => runner.failure() !== undefined);
    expect(await bench.checkpoint()).toBe(0n);
  });

  test('stops at once while it waits for its next try', async () => {
    const bench = await createBench(database);
    await bench.append('poison');
    const runner = await bench.start({ projection: failingAt('poison', () => true) });
    await eventually(() => (runner.failure()?.attempts ?? 0) >= 4);
    const attempts = runner.failure()?.attempts;
    await runner[Symbol.asyncDispose]();
    expect(runner.failure()?.attempts).toBe(attempts);
  });

  test('does not go on over a gap in what the source gives', async () => {
    const bench = await createBench(database);
    await bench.append('one', 'two', 'three');
    const source: EventSource = {
      ...bench.store,
      readAll: async (after) => (await bench.store.readAll(after, 10)).filter(({ position }) => position !== 2n),
    };
    const runner = await bench.start({ source });
    await eventually(() => runner.failure() !== undefined);
    expect(runner.failure()?.error).toMatchObject({ message: 'the source gave event 3 where 2 comes next' });
    expect(await bench.rows()).toEqual([]);
  });
});
