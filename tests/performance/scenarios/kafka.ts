import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startKafkaBroker } from '@odst/testing';
import { type Claim, median } from '../report.ts';
import { type EventsService, openEventsService } from './events-service.ts';
import { bareBatches } from './kafka-batches.ts';
import type { Scenario } from './scenario.ts';

const eventsPerSecond = 200;
const latencyEvents = 3_000;
/** What the first events meet is cold code. */
const warmUpEvents = 400;
const backlogEvents = 30_000;

/**
 * The way of an event from its append to a consumer, over PostgreSQL, the relay and Kafka: how long it takes at a steady
 * pace, and how fast a backlog is drained, against a plain client that only writes what is in its memory.
 */
export async function benchKafka({ folder, runs }: Pick<Scenario, 'folder' | 'runs'>): Promise<Claim[]> {
  await using broker = await startKafkaBroker({ folder: join(folder, 'kafka') });
  const latenciesMs = await measureLatencies(join(folder, 'latency'), broker.brokers);
  const rates = { ours: [] as number[], bare: [] as number[] };
  for (let run = 0; run <= runs; run += 1) {
    const bare = await bareBatches(broker.brokers, `bare-${run}`, backlogEvents);
    const ours = await drainBacklog(join(folder, `backlog-${run}`), broker.brokers, run);
    if (run === 0) continue;
    rates.bare.push(bare);
    rates.ours.push(ours);
  }
  const at = (share: number) => latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * share)] ?? Number.NaN;
  const detail = `${latenciesMs.length} events at ${eventsPerSecond}/s`;
  const [ours, bare] = [median(rates.ours), median(rates.bare)];
  return [
    { name: 'append to Kafka consumer, p50', measured: at(0.5), limit: 25, unit: 'ms', detail },
    { name: 'append to Kafka consumer, p99', measured: at(0.99), limit: 150, unit: 'ms', detail },
    {
      name: 'backlog to Kafka consumer / kafkajs batches',
      measured: median(rates.ours.map((rate, index) => (rates.bare[index] ?? Number.NaN) / rate)),
      limit: 3.33,
      unit: '×',
      detail: `${ours.toFixed(0)} against ${bare.toFixed(0)} events/s`,
    },
  ];
}

/** From the call of the append to the consumer's handler. */
async function measureLatencies(folder: string, brokers: string): Promise<number[]> {
  await using service = await openEventsService(folder, { address: brokers, topicPrefix: 'latency' });
  const appendedAtMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  const all = Promise.withResolvers<void>();
  await service.consume(async ({ key }) => {
    latenciesMs.push(performance.now() - (appendedAtMs.get(key) ?? Number.NaN));
    if (latenciesMs.length === warmUpEvents + latencyEvents) all.resolve();
  });
  service.startRelay();
  const appends: Promise<unknown>[] = [];
  const startedAtMs = performance.now();
  for (let index = 0; index < warmUpEvents + latencyEvents; index += 1) {
    const dueInMs = startedAtMs + (index * 1_000) / eventsPerSecond - performance.now();
    if (dueInMs > 0) await delay(dueInMs);
    appendedAtMs.set(`${index}`, performance.now());
    appends.push(service.append(`${index}`));
  }
  await Promise.all(appends);
  await all.promise;
  return latenciesMs.slice(warmUpEvents);
}

/** Events per second, from the start of the relay until the consumer has handled the last one. */
async function drainBacklog(folder: string, brokers: string, run: number): Promise<number> {
  await using service = await openEventsService(folder, { address: brokers, topicPrefix: `backlog${run}` });
  await fill(service);
  let handled = 0;
  const all = Promise.withResolvers<void>();
  await service.consume(async () => {
    handled += 1;
    if (handled === backlogEvents) all.resolve();
  });
  const startedAtMs = performance.now();
  service.startRelay();
  await all.promise;
  return (backlogEvents * 1_000) / (performance.now() - startedAtMs);
}

async function fill(service: EventsService): Promise<void> {
  for (let first = 0; first < backlogEvents; first += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => service.append(`${(first + index) % 500}`)));
  }
}
