import type { EventSource } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { createLogger, createSilentLogger } from '@odst/telemetry';
import { describe, expect, onTestFinished, test } from 'vitest';
import { holds, receive } from '../../src/contract/fixture.ts';
import { positionsTo } from '../../src/contract/messages.ts';
import {
  aggregateIdOf,
  type BusMessage,
  createMemoryEventBus,
  createMemoryLease,
  type EventBus,
  type Lease,
  type Relay,
  startRelay,
  toCloudEvent,
} from '../../src/index.ts';
import { append, aStore, startedAt } from './a-store.ts';

const aLease = (): Lease => createMemoryLease({ clock: { now: () => new Date() }, ttlMs: 200 });

/** A minute after everything. */
const clock = { now: () => new Date(startedAt.getTime() + 60_000) };

function relayOf(source: EventSource, bus: EventBus, lease = aLease(), logger = createSilentLogger()): Relay {
  const relay = startRelay({ service: 'notes', iss: 'b6a3', source, bus, lease, clock, logger, answerLimitMs: 200 });
  onTestFinished(async () => relay[Symbol.asyncDispose]());
  return relay;
}

/** What a relay publishes of a store. */
async function messagesOf(store: EventSource, bus: EventBus): Promise<readonly BusMessage[]> {
  return (await store.readAll(0n, 10)).map((event) => ({
    topic: bus.topicOf('notes'),
    key: aggregateIdOf(event.stream),
    position: event.position,
    event: toCloudEvent({ service: 'notes', iss: 'b6a3' }, event),
  }));
}

const unavailable = (): never => {
  throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the bus is away');
};

describe('a relay', () => {
  test('publishes what is committed, in order, what came before it included', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 1_203);
    relayOf(store, bus);
    const { positions, messages } = await receive(bus, { group: 'readers.all' });
    await holds(() => expect(positions()).toHaveLength(1_203));
    await append(store, 2, 'note-b');
    await holds(() => expect(positions()).toEqual(positionsTo(1_205)));
    expect(messages.at(-1)).toMatchObject({ key: 'b', event: { subject: 'note-b', source: 'urn:odst:server:b6a3' } });
  });

  test('goes on from what the bus has', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 3);
    const first = relayOf(store, bus);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(3n));
    await first[Symbol.asyncDispose]();
    await append(store, 2);
    relayOf(store, bus);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(5n));
  });

  test('gets over a bus that is away, and knows meanwhile how old its oldest event is', async () => {
    const [store, inner] = [aStore(), createMemoryEventBus()];
    let away = true;
    const bus: EventBus = { ...inner, publish: async (...args) => (away ? unavailable() : inner.publish(...args)) };
    const relay = relayOf(store, bus);
    expect(await relay.oldestUnpublishedAt()).toBeUndefined();
    expect(await relay.oldestAgeSeconds()).toBe(0);
    await append(store, 2);
    expect(await relay.oldestUnpublishedAt()).toEqual(startedAt);
    expect(await relay.oldestAgeSeconds()).toBe(60);
    away = false;
    await holds(async () => expect((await inner.lastPublished('notes')).position).toBe(2n));
    await holds(async () => expect(await relay.oldestAgeSeconds()).toBe(0));
    expect(await relay.oldestUnpublishedAt()).toBeUndefined();
  });

  test('that leaves the work to another one knows the age too, and from its memory while the bus is away', async () => {
    const [store, inner, lease] = [aStore(), createMemoryEventBus(), aLease()];
    await append(store, 3);
    let away = false;
    const bus: EventBus = { ...inner, lastPublished: async (service) => (away ? unavailable() : inner.lastPublished(service)) };
    relayOf(store, inner, lease);
    await holds(async () => expect((await inner.lastPublished('notes')).position).toBe(3n));
    const other = relayOf(store, bus, lease);
    expect(await other.oldestAgeSeconds()).toBe(0);
    away = true;
    expect(await other.oldestAgeSeconds()).toBe(0);
  });

  test('that has never reached its bus does not take everything for unpublished', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 3);
    const relay = relayOf(store, { ...bus, lastPublished: async () => unavailable() });
    await expect(relay.oldestAgeSeconds()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  });

  test('reads no more than one batch ahead of a bus that takes nothing', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 10_000);
    let readTo = 0n;
    const source: EventSource = {
      ...store,
      async readAll(after, limit) {
        const events = await store.readAll(after, limit);
        readTo = events.at(-1)?.position ?? readTo;
        return events;
      },
    };
    let tries = 0;
    let away = true;
    const held: EventBus = {
      ...bus,
      async publish(...args) {
        tries += 1;
        if (away) unavailable();
        await bus.publish(...args);
      },
    };
    relayOf(source, held);
    await holds(() => expect(tries).toBeGreaterThan(3));
    expect(readTo).toBe(500n);
    away = false;
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(10_000n));
  });

  test('does not wait for ever for a bus that hangs, and doubles nothing when that answers after all', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 3);
    const thaw = Promise.withResolvers<void>();
    const fences: bigint[] = [];
    const hanging: EventBus = {
      ...bus,
      async publish(producer, messages) {
        fences.push(producer.fence);
        if (fences.length <= 2) await thaw.promise;
        await bus.publish(producer, messages);
      },
    };
    const { positions } = await receive(bus, { group: 'readers.all' });
    relayOf(store, hanging);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(3n));
    thaw.resolve();
    await append(store, 2);
    await holds(() => expect(positions()).toEqual(positionsTo(5)));
    expect(fences.slice(0, 3)).toEqual([1n, 2n, 3n]);
  });

  test('does not wait for ever for a store that hangs', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 3);
    let reads = 0;
    const hanging: EventSource = {
      ...store,
      async readAll(after, limit) {
        reads += 1;
        return reads <= 2 ? new Promise(() => undefined) : store.readAll(after, limit);
      },
    };
    const relay = relayOf(hanging, bus);
    await expect(relay.oldestUnpublishedAt()).rejects.toMatchObject({ code: 'COMMON_DEADLINE_EXCEEDED' });
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(3n));
  });

  test('publishes nothing twice when it dies after publishing and before it knows', async () => {
    const [store, inner] = [aStore(), createMemoryEventBus()];
    let cuts = 3;
    const bus: EventBus = {
      ...inner,
      publish: async (...args) => {
        await inner.publish(...args);
        cuts -= 1;
        if (cuts >= 0) unavailable();
      },
    };
    const { positions } = await receive(inner, { group: 'readers.all' });
    relayOf(store, bus);
    await append(store, 10);
    await holds(() => expect(positions()).toHaveLength(10));
    await append(store, 10);
    await holds(() => expect(positions()).toEqual(positionsTo(20)));
  });

  test('leaves the work to the other one while that holds the lease, and takes over after it', async () => {
    const [store, bus, lease] = [aStore(), createMemoryEventBus(), aLease()];
    const publishers: string[] = [];
    const seen = (name: string): EventBus => ({
      ...bus,
      publish: async (...args) => {
        publishers.push(name);
        await bus.publish(...args);
      },
    });
    const first = relayOf(store, seen('first'), lease);
    await append(store);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(1n));
    const second = relayOf(store, seen('second'), lease);
    await append(store);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(2n));
    expect(new Set(publishers)).toEqual(new Set(['first']));
    await first[Symbol.asyncDispose]();
    await append(store);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(3n));
    expect(publishers.at(-1)).toBe('second');
    await second[Symbol.asyncDispose]();
  });

  test('that was overtaken without knowing takes a new fence', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store);
    await bus.publish({ service: 'notes', fence: 3n }, await messagesOf(store, bus));
    relayOf(store, bus);
    await append(store);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(2n));
  });

  test.each([
    ['less than was published', 1],
    ['as much as was published', 3],
    ['more than was published', 1_700],
  ])('publishes nothing, and says why, when its store was restored and has %s, but not that', async (_name, count) => {
    const [before, store, bus] = [aStore(), aStore(), createMemoryEventBus()];
    await append(before, 3);
    await bus.publish({ service: 'notes', fence: 1n }, await messagesOf(before, bus));
    await append(store, count);
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    relayOf(store, bus, aLease(), createLogger({ name: 'test', destination }));
    const said = () => lines.filter((line) => line.includes(bus.foreignTopic('notes').message)).length;
    await holds(() => expect(said()).toBeGreaterThan(1));
    // It has grown meanwhile: what it lacks does not come back by that.
    await append(store, 5);
    const saidBefore = said();
    await holds(() => expect(said()).toBeGreaterThan(saidBefore));
    expect((await bus.lastPublished('notes')).position).toBe(3n);
  });

  test('goes on with a store that was restored to a moment at which it had what was published', async () => {
    const [store, bus] = [aStore(), createMemoryEventBus()];
    await append(store, 5);
    await bus.publish({ service: 'notes', fence: 1n }, (await messagesOf(store, bus)).slice(0, 3));
    relayOf(store, bus);
    await holds(async () => expect((await bus.lastPublished('notes')).position).toBe(5n));
  });
});
