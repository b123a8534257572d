import { createMemoryEventBus, createMemoryLease, startRelay } from '@odst/event-bus';
import { anAppend } from '@odst/event-store/contract/appends';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectEventStreams } from '../src/connect-event-streams.ts';
import { startLogSubscription } from '../src/log-subscription.ts';
import { type Bench, openBench } from './bench.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const positionsTo = (end: number): bigint[] => Array.from({ length: end }, (_, index) => BigInt(index + 1));

/** Appends `count` events one by one; half way the server goes away and comes back. */
async function appendOverRestart(bench: Bench, count: number): Promise<void> {
  const store = await bench.open();
  for (let index = 0; index < count; index += 1) {
    if (index === Math.floor(count / 2)) {
      bench.standIn.stop();
      await bench.standIn.start();
    }
    const append = anAppend({ stream: `note-${index % 3}` });
    await eventually(() => store.append(append).catch(() => undefined));
  }
}

describe('against a stand-in server, not EventStoreDB itself: the catch-up subscription', () => {
  test('tells each position once, in order, over two restarts of the server', async () => {
    const bench = await openBench(database);
    await appendOverRestart(bench, 5);
    const streams = connectEventStreams(bench.standIn.url);
    const told: bigint[] = [];
    let confirmed = 0;
    const onConfirmed = (): void => {
      confirmed += 1;
    };
    const listener = { onConfirmed, onEntry: (position: bigint) => void told.push(position) };
    const subscription = startLogSubscription({ streams, log: bench.log, after: 0n, listener, logger: undefined });
    onTestFinished(async () => {
      await subscription[Symbol.asyncDispose]();
      await streams[Symbol.asyncDispose]();
    });
    await eventually(() => told.length === 5);
    await appendOverRestart(bench, 20);
    await eventually(() => told.length >= 25);
    bench.standIn.stop();
    await bench.standIn.start();
    await eventually(() => confirmed >= 3);
    await appendOverRestart(bench, 2);
    await eventually(() => told.length >= 27);
    expect(told).toEqual(positionsTo(27));
  });

  test('feeds the relay: each event is published once, in order, over a restart of the server', async () => {
    const bench = await openBench(database);
    const source = await bench.open();
    const bus = createMemoryEventBus();
    const clock = { now: () => new Date() };
    const lease = createMemoryLease({ clock, ttlMs: 500 });
    const relay = startRelay({ service: 'notes', iss: 'b6a3', source, bus, lease, clock, logger: createSilentLogger() });
    onTestFinished(async () => relay[Symbol.asyncDispose]());
    const received: string[] = [];
    const subscription = await bus.subscribe({
      group: 'readers.all',
      topics: [bus.topicOf('notes')],
      concurrency: 1,
      handler: async ({ event }) => void received.push(event.sequence),
    });
    onTestFinished(async () => subscription[Symbol.asyncDispose]());
    await appendOverRestart(bench, 40);
    await eventually(async () => (await bus.lastPublished('notes')).position === 40n && received.length >= 40, 120_000);
    expect(received.map(BigInt).sort((a, b) => Number(a - b))).toEqual(positionsTo(40));
    expect(await eventually(() => relay.oldestUnpublishedAt().then(() => true))).toBe(true);
  });
});
