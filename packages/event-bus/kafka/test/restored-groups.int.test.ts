import { createMemoryProgressStore, type EventBus, type ProgressStore } from '@odst/event-bus';
import { messagesFor } from '@odst/event-bus/contract';
import { createPostgresEventBus } from '@odst/event-bus-postgres';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { expectEffectsOnce, startCopying } from './support/consumer.ts';
import { keysFor, type Notes, notesOfTest, service } from './support/notes-service.ts';
import { aPrefix, brokerTopic, openBus, upTo } from './support/open-bus.ts';
import { plainClient } from './support/raw-topic.ts';

const fence = 1n;
const at = { group: 'notes.copy', topic: 'odst.notes.v1' };

/** What of the database a consumer changes. */
const tables = ['bus.consumers', 'notes.inbox', 'notes.effects'];

/** Keeps what a consumer has done so far. @returns puts it back */
async function dumpOf({ pool }: Notes): Promise<() => Promise<void>> {
  const copyOf = (table: string) => table.replace('.', '.dump_of_');
  for (const table of tables) await pool.query(`CREATE TABLE ${copyOf(table)} AS TABLE ${table}`);
  return async () => {
    for (const table of tables) {
      await pool.query(`TRUNCATE ${table}`);
      await pool.query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE ${copyOf(table)}`);
    }
  };
}

/** A consumer that notes what it was given; `given` in order of position. */
async function startNoting(bus: EventBus, notes: Notes) {
  const given: number[] = [];
  const reaction = await startCopying(bus, notes, async ({ position }) => void given.push(Number(position)));
  onTestFinished(async () => reaction[Symbol.asyncDispose]());
  return { given: () => given.toSorted((a, b) => a - b), stop: () => reaction[Symbol.asyncDispose]() };
}

describe.skipIf(!(await hasKafka()))('a group whose progress is in the database', () => {
  let brokers: string;
  beforeAll(async () => {
    brokers = await sharedKafka();
  });

  /** The first offsets that are not done, as lag tools see them: together the number of records. */
  const committed = async (prefix: string): Promise<number> => {
    const admin = plainClient(brokers).admin();
    await admin.connect();
    const [found] = await admin.fetchOffsets({ groupId: `${prefix}.iss.notes.copy`, topics: [brokerTopic(prefix)] });
    await admin.disconnect();
    return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  };

  test('does again what the database lost when it was put back to an earlier moment, once, and nothing else', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const bus = openBus(brokers, prefix, notes);
    const progress = () => notes.progressStore.load(at);
    const publish = (count: number, first: number) =>
      bus.publish({ service, fence }, messagesFor(bus, keysFor(count, 3), BigInt(first)));

    const before = await startNoting(bus, notes);
    await publish(5, 1);
    await eventually(async () => (await progress())?.position === 5n, 120_000);
    await before.stop();
    const putBack = await dumpOf(notes);
    const since = await startNoting(bus, notes);
    await publish(5, 6);
    await eventually(async () => (await progress())?.position === 10n, 120_000);
    await since.stop();
    expect(since.given()).toEqual([6, 7, 8, 9, 10]);
    const reached = await committed(prefix);
    await putBack();

    const restored = await startNoting(bus, notes);
    await eventually(async () => (await progress())?.position === 10n, 120_000);
    await restored.stop();
    expect(restored.given()).toEqual([6, 7, 8, 9, 10]);
    await expectEffectsOnce(notes, 10);
    expect(await committed(prefix)).toBe(reached);
    const after = await startNoting(bus, notes);
    await publish(1, 11);
    await eventually(() => after.given().length > 0, 120_000);
    expect(after.given()).toEqual([11]);
  });

  test('reads a long topic again while members come and go, and misses nothing', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const publisher = openBus(brokers, prefix);
    const putBack = await dumpOf(notes);
    const before = await startCopying(publisher, notes);
    await publisher.publish({ service, fence }, messagesFor(publisher, keysFor(10_000)));
    await eventually(async () => (await notes.effects()).length === 10_000, 120_000);
    await before[Symbol.asyncDispose]();
    await putBack();
    await notes.progressStore.save(at, { position: 0n, waiting: [] });

    const first = await startCopying(openBus(brokers, prefix, notes), notes);
    onTestFinished(async () => first[Symbol.asyncDispose]());
    await eventually(async () => (await notes.effects()).length > 100, 120_000);
    const second = await startCopying(openBus(brokers, prefix, notes), notes);
    await eventually(async () => (await notes.effects()).length > 5_000, 120_000);
    await second[Symbol.asyncDispose]();
    await eventually(async () => (await notes.effects()).length >= 10_000, 120_000);
    await expectEffectsOnce(notes, 10_000);
  });

  test('goes on while its progress cannot be stored, commits no offset meanwhile, and stores it later', async () => {
    const notes = await notesOfTest();
    const prefix = aPrefix();
    const inner = createMemoryProgressStore();
    let away = false;
    const progressStore: ProgressStore = {
      load: (where) => inner.load(where),
      async save(where, progress) {
        if (away) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the database is away');
        await inner.save(where, progress);
      },
    };
    const bus = openBus(brokers, prefix, { progressStore });
    const consumer = await startNoting(bus, notes);
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(5)));
    await eventually(async () => (await inner.load(at))?.position === 5n, 120_000);
    await eventually(async () => (await committed(prefix)) >= 5, 120_000);
    const reached = await committed(prefix);
    away = true;
    await bus.publish({ service, fence }, messagesFor(bus, keysFor(5), 6n));
    await eventually(() => consumer.given().length === 10, 120_000);
    expect(await inner.load(at)).toEqual({ position: 5n, waiting: [] });
    expect(await committed(prefix)).toBe(reached);
    away = false;
    await eventually(async () => (await inner.load(at))?.position === 10n, 120_000);
    await eventually(async () => (await committed(prefix)) > reached, 120_000);
    expect(consumer.given()).toEqual(upTo(10));
  });

  test('goes over from the bus on PostgreSQL and back, and handles nothing again; what waited is handled', async () => {
    const notes = await notesOfTest();
    const logger = createSilentLogger();
    const kafka = openBus(brokers, aPrefix(), notes);
    const postgres = createPostgresEventBus({ pool: notes.pool, logger });
    onTestFinished(() => postgres[Symbol.asyncDispose]());
    const given: string[] = [];
    let broken = true;
    const subscribe = (bus: EventBus) =>
      bus.subscribe({
        topics: [bus.topicOf(service)],
        group: at.group,
        concurrency: 2,
        handler: async ({ key, position }) => {
          if (broken && key === 'bad') throw new Error('planted');
          given.push(`${position}`);
        },
      });
    const publish = async (bus: EventBus, ...keys: readonly string[]) => bus.publish({ service, fence }, messagesFor(bus, keys));
    const handled = (...positions: readonly string[]) =>
      eventually(() => {
        expect(given).toEqual(positions);
        return true;
      }, 120_000);

    await publish(postgres, 'a', 'bad', 'b');
    const first = await subscribe(postgres);
    await handled('1', '3');
    await first[Symbol.asyncDispose]();
    expect(await notes.progressStore.load(at)).toEqual({ position: 3n, waiting: [2n] });

    const second = await subscribe(kafka);
    await publish(kafka, 'a', 'bad', 'b', 'bad', 'c');
    await handled('1', '3', '5');
    broken = false;
    await handled('1', '3', '5', '2', '4');
    broken = true;
    await publish(kafka, 'a', 'bad', 'b', 'bad', 'c', 'bad', 'd');
    await handled('1', '3', '5', '2', '4', '7');
    await second[Symbol.asyncDispose]();
    expect(await notes.progressStore.load(at)).toEqual({ position: 7n, waiting: [6n] });

    broken = false;
    const third = await subscribe(postgres);
    onTestFinished(async () => third[Symbol.asyncDispose]());
    await publish(postgres, 'a', 'bad', 'b', 'bad', 'c', 'bad', 'd', 'e');
    await handled('1', '3', '5', '2', '4', '7', '6', '8');
  });
});
