import { createAutoResetEvent, within } from '@odst/async';
import type { EventSource, RecordedEvent } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { CloudEvent } from '../cloud-event.ts';
import type { BusMessage, EventBus } from '../event-bus.ts';
import type { Lease } from '../lease.ts';
import { runUnderLease } from '../under-lease.ts';
import { createMark } from './mark.ts';
import { publications } from './publications.ts';
import type { Relay } from './relay.ts';
import { requireOwnTopic } from './require-own-topic.ts';
import { aggregateIdOf, type EventOrigin, toCloudEvent } from './to-cloud-event.ts';

/** Most events of one publication. */
const maxBatch = 500;
/** Longest time between two looks for events. The store tells of them, and looks itself for those that nobody told of. */
const lookEveryMs = 30_000;
const defaultAnswerLimitMs = 30_000;

/** What a relay is made of. */
export type RelayOptions = EventOrigin & {
  /** The service's store. */
  readonly source: EventSource;
  readonly bus: EventBus;
  /** One per service: of several replicas one publishes. */
  readonly lease: Lease;
  /** For the age of what is not published yet. */
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * After this long without an answer of the bus, or of the store, the relay gives the lease back and begins anew. In
   * milliseconds; default 30,000, so that a bus that is slow and has tries of its own is left in peace.
   */
  readonly answerLimitMs?: number;
  /** Default {@link toCloudEvent}. */
  readonly encode?: (event: RecordedEvent) => CloudEvent;
};

/**
 * Starts publishing: every committed event, in order of position, at least once. There is no mark of its own: it goes
 * on from what the bus has, so it may die at any moment. While the bus is away it waits, and nothing is lost. It reads no
 * further than the batch that the bus is taking. Into a topic that does not go on with the store's events it publishes nothing,
 * which its log says.
 */
export function startRelay(options: RelayOptions): Relay {
  const { service, source, bus, lease, clock, logger, answerLimitMs = defaultAnswerLimitMs } = options;
  const stop = new AbortController();
  const appended = createAutoResetEvent();
  const listening = source.onAppended(() => appended.set());
  const mark = createMark(bus, service);
  const toMessage = messagesOf(options);
  const read: EventSource['readAll'] = (after, limit) => within(answerLimitMs, 'reading the store', source.readAll(after, limit));

  const publishFrom = async (start: bigint, fence: bigint, signal: AbortSignal): Promise<void> => {
    for (let published = start; !signal.aborted; ) {
      const events = await read(published, maxBatch);
      const last = events.at(-1);
      if (last === undefined) {
        await appended.wait(signal, lookEveryMs);
        continue;
      }
      const messages = events.map(toMessage);
      await within(answerLimitMs, 'a publication', bus.publish({ service, fence }, messages));
      published = last.position;
      mark.moveTo(published);
      if (publications.hasSubscribers) for (const message of messages) publications.publish(message);
    }
  };
  const publishAll = async (fence: bigint, signal: AbortSignal): Promise<void> => {
    const last = await mark.take(answerLimitMs);
    try {
      await requireOwnTopic({ service, bus, source: { ...source, readAll: read } }, last);
      await publishFrom(last.position, fence, signal);
    } finally {
      mark.leave();
    }
  };
  const oldestUnpublishedAt = async (): Promise<Date | undefined> => {
    const [oldest] = await read(await mark.look(), 1);
    return oldest?.recordedAt;
  };

  const running = runUnderLease({ lease, signal: stop.signal, logger: logger.child({ relay: service }), work: publishAll });
  return {
    oldestUnpublishedAt,
    async oldestAgeSeconds() {
      const since = await oldestUnpublishedAt();
      return since === undefined ? 0 : Math.max(0, (clock.now().getTime() - since.getTime()) / 1_000);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      listening[Symbol.dispose]();
      await running;
    },
  };
}

function messagesOf(options: RelayOptions): (event: RecordedEvent) => BusMessage {
  const { service, bus, encode = (event) => toCloudEvent(options, event) } = options;
  const topic = bus.topicOf(service);
  return (event) => ({ topic, key: aggregateIdOf(event.stream), position: event.position, event: encode(event) });
}
