import { type SyncEvent, syncEventCodec } from '@odst/contracts/sync';
import {
  createDeadLetterDesks,
  createMemoryDeadLetters,
  createMemoryEventBus,
  createMemoryInbox,
  type ReactionStep,
  readEvent,
  startReaction,
} from '@odst/event-bus';
import { createCommandHandler, createMemoryEventStore, type EventMetadata, type EventToAppend } from '@odst/event-store';
import type { Decider } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { messageOf } from '@odst/testing/message-of';
import { describe, expect, test } from 'vitest';

const clock = { now: () => new Date() };
const iss = '0f8c2f4e6a1b4c3d9e5f708192a3b4c5';
const stream = `peer-${iss}`;

/** What a later release may write: a type that is not here, and a version of one that is. */
const fromTheFuture: readonly EventToAppend[] = [
  { type: 'PeerWentToSleep', schemaVersion: 1, data: { peerIss: iss } },
  { type: 'PeerWentOffline', schemaVersion: 2, data: { peer: { iss }, why: { code: 7 } } },
];
const known = syncEventCodec.encode({ type: 'PeerCameOnline', data: { peerIss: iss } });

function metadata(commandId: string): EventMetadata {
  const correlationId = commandId;
  return { actor: 'service:sync', remoteAddress: '', commandId, correlationId, causationId: '', traceparent: '' };
}

async function storeWith(events: readonly EventToAppend[]) {
  const store = createMemoryEventStore({ clock });
  await store.append({ stream, expectedVersion: 0, events, metadata: metadata('the newer program') });
  return store;
}

/** Counts how often a peer came online. */
const counting: Decider<number, 'note', SyncEvent> = {
  initialState: () => 0,
  decide: () => [{ type: 'PeerCameOnline', data: { peerIss: iss } }],
  evolve: (count, event) => (event.type === 'PeerCameOnline' ? count + 1 : count),
};

describe('events that a newer program wrote', () => {
  test('are passed over by a reaction, which goes on with what comes behind them and parks nothing', async () => {
    const bus = createMemoryEventBus();
    const inbox = createMemoryInbox();
    const deadLetters = createMemoryDeadLetters({ clock, inbox });
    const read: unknown[] = [];
    const take: ReactionStep = async ({ event }) => {
      const decoded = readEvent(syncEventCodec, event);
      if (decoded !== undefined) read.push(decoded);
    };
    await using _reaction = await startReaction({
      bus,
      inbox,
      deadLetters,
      desks: createDeadLetterDesks({ service: 'tests', deadLetters }),
      consumer: 'tests.reader',
      topics: [bus.topicOf('sync')],
      on: { PeerWentOffline: take, PeerCameOnline: take },
      maxTries: 1,
      logger: createSilentLogger(),
    });
    const messages = [...fromTheFuture, known].map((event, index) =>
      messageOf(bus, { service: 'sync', iss }, { stream, position: BigInt(index + 1), event }),
    );
    await bus.publish({ service: 'sync', fence: 1n }, messages);
    await eventually(() => read.length > 0);
    expect(read).toEqual([{ type: 'PeerCameOnline', data: { peerIss: iss } }]);
    expect(await deadLetters.count()).toBe(0);
  });

  test('are left out of what commands are decided on, where the type is not known', async () => {
    const store = await storeWith([...fromTheFuture.slice(0, 1), known]);
    const handler = createCommandHandler(store, counting, syncEventCodec);
    expect(await handler.run({ stream, command: () => 'note', metadata: metadata('c1') })).toMatchObject({
      state: 2,
      version: 3,
    });
  });

  test('stop a command where they are a newer form of a fact that it would miss', async () => {
    const store = await storeWith(fromTheFuture);
    const handler = createCommandHandler(store, counting, syncEventCodec);
    const refused = handler.run({ stream, command: () => 'note', metadata: metadata('c1') });
    await expect(refused).rejects.toMatchObject({ code: 'COMMON_EVENT_UNKNOWN' });
    expect(await store.lastPosition()).toBe(2n);
  });
});
