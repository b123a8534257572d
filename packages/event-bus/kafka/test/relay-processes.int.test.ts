import type { BusMessage, EventBus } from '@odst/event-bus';
import { createPostgresEventBus } from '@odst/event-bus-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectEffectsOnce, startCopying } from './support/consumer.ts';
import { createNotes, keysFor, type Notes, service } from './support/notes-service.ts';
import { aPrefix, openBus } from './support/open-bus.ts';
import { type DeathPoint, startRelayProcess } from './support/relay-process.ts';

const logger = createSilentLogger();
/** How long a relay stands still. ODST_TEST_RELAY_STOP_MS=30000 is half a minute, with the lease of production. */
const stopMs = Number(process.env['ODST_TEST_RELAY_STOP_MS'] ?? 1_500);
const leaseMs = stopMs >= 10_000 ? 3_000 : 500;
const limitMs = 180_000;

/** A service, its bus as this process sees it, and what starts its relays. */
async function aService(brokers: string | undefined) {
  const notes = await createNotes();
  onTestFinished(() => notes[Symbol.asyncDispose]());
  const topicPrefix = aPrefix();
  const bus = brokers === undefined ? openPostgresBus(notes, topicPrefix) : openBus(brokers, topicPrefix);
  const start = (diesAt?: DeathPoint) => {
    const options = { url: notes.url, brokers, topicPrefix, leaseMs, ...(diesAt === undefined ? {} : { diesAt }) };
    const relay = startRelayProcess(options);
    onTestFinished(relay.kill);
    return relay;
  };
  const published = (count: number) =>
    eventually(async () => (await bus.lastPublished(service)).position === BigInt(count), limitMs);
  return { notes, bus, start, published };
}

function openPostgresBus({ pool }: Notes, topicPrefix: string): EventBus {
  const bus = createPostgresEventBus({ pool, topicPrefix, logger });
  onTestFinished(() => bus[Symbol.asyncDispose]());
  return bus;
}

/** Holds the topic to the store, event by event, and the effects of a consumer to both. */
async function expectAllOnce({ notes, bus }: { readonly notes: Notes; readonly bus: EventBus }, count: number): Promise<void> {
  const messages: BusMessage[] = [];
  const readers = await bus.subscribe({
    topics: [bus.topicOf(service)],
    group: 'notes.readers',
    handler: async (message) => void messages.push(message),
  });
  onTestFinished(async () => readers[Symbol.asyncDispose]());
  await eventually(async () => messages.length >= count && (await notes.effects()).length >= count, limitMs);
  const stored = await notes.store.readAll(0n, count + 1);
  const shown = messages.map(({ position, key, event }) => [position, event.id, `note-${key}`]);
  expect(shown).toEqual(stored.map(({ position, id, stream }) => [position, id, stream]));
  expect(stored).toHaveLength(count);
  await expectEffectsOnce(notes, count);
  expect(await notes.deadLetters.count()).toBe(0);
}

const kafka = await hasKafka();
const buses = [
  ['PostgreSQL', true, async () => undefined],
  ['Kafka', kafka, sharedKafka],
] as const;

describe.each(buses)('a relay in a process of its own on %s', (_name, present, findBrokers) => {
  test.skipIf(!present)('goes on from where the one before was killed, at whatever point', { timeout: 4 * limitMs }, async () => {
    const running = await aService(await findBrokers());
    const reaction = await startCopying(running.bus, running.notes);
    onTestFinished(async () => reaction[Symbol.asyncDispose]());
    await running.notes.write(keysFor(2_200));
    for (const point of ['before it publishes', 'while it publishes', 'after it published, before it knows'] as const)
      expect(await running.start(point).exited).toBe('SIGKILL');
    running.start();
    await running.published(2_200);
    await expectAllOnce(running, 2_200);
  });

  test.skipIf(!present)(
    'that stood still for longer than its lease lasts leaves the work to its successor, and takes it over again',
    {
      timeout: stopMs + 6 * limitMs,
    },
    async () => {
      const running = await aService(await findBrokers());
      const { notes, bus, start, published } = running;
      const reaction = await startCopying(bus, notes);
      onTestFinished(async () => reaction[Symbol.asyncDispose]());
      const first = start();
      const writing = writeOn(notes, 1_500);
      await eventually(async () => (await bus.lastPublished(service)).position >= 200n, limitMs);
      first.stop();
      const stoppedAt = performance.now();
      const successor = start();
      await writing;
      await published(1_500);
      await eventually(() => performance.now() - stoppedAt > stopMs, stopMs + limitMs);
      first.goOn();
      await notes.write(keysFor(200), 1_501);
      await published(1_700);
      await successor.kill();
      await notes.write(keysFor(200), 1_701);
      await published(1_900);
      await expectAllOnce(running, 1_900);
    },
  );
});

/** Writes so many events, a few at a time, so that relays have something to do all the while. */
async function writeOn(notes: Notes, count: number): Promise<void> {
  for (let first = 1; first <= count; first += 50) await notes.write(keysFor(50), first);
}
