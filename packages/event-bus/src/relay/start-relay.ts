import type { EventSource, RecordedEvent } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { createAlarm } from '../alarm.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { BusMessage, EventBus } from '../event-bus.ts';
import type { Lease } from '../lease.ts';
import { runUnderLease } from '../under-lease.ts';
import { publications } from './publications.ts';
import type { Relay } from './relay.ts';
import { aggregateIdOf, type EventOrigin, toCloudEvent } from './to-cloud-event.ts';

/** Most events of one publication. */
const maxBatch = 500;
/** How long an event waits at most when the store's hint is missing. */
const pollIntervalMs = 500;

/** What a relay is made of. */
export type RelayOptions = EventOrigin & {
  /** The service's store. */
  readonly source: EventSource;
  readonly bus: EventBus;
  /** One per service: of several replicas one publishes. */
  readonly lease: Lease;
  readonly logger: Logger;
  /** Default {@link toCloudEvent}. */
  readonly encode?: (event: RecordedEvent) => CloudEvent;
};

/**
 * Starts publishing: every committed event, in order of position, at least once. There is no mark of its own: it goes
 * on from what the bus has, so it may die at any moment. While the bus is away it waits, and nothing is lost.
 */
export function startRelay(options: RelayOptions): Relay {
  const { service, source, bus, lease, logger } = options;
  const stop = new AbortController();
  const alarm = createAlarm();
  const listening = source.onAppended(() => alarm.ring());
  const topic = bus.topicOf(service);
  const encode = options.encode ?? ((event: RecordedEvent) => toCloudEvent(options, event));
  const toMessage = (event: RecordedEvent): BusMessage => ({
    topic,
    key: aggregateIdOf(event.stream),
    position: event.position,
    event: encode(event),
  });
  let published = 0n;

  const publishAll = async (fence: bigint, signal: AbortSignal): Promise<void> => {
    published = await bus.lastPublished(service);
    const stored = await source.lastPosition();
    if (published > stored) {
      // New events would take positions that the bus has already, and never be published.
      throw new OdstError('COMMON_INTERNAL', `the bus has events of ${service} up to ${published}, the store only to ${stored}`);
    }
    while (!signal.aborted) {
      const events = await source.readAll(published, maxBatch);
      const last = events.at(-1);
      if (last === undefined) {
        await alarm.wait(signal, pollIntervalMs);
        continue;
      }
      const messages = events.map(toMessage);
      await bus.publish({ service, fence }, messages);
      published = last.position;
      if (publications.hasSubscribers) for (const message of messages) publications.publish(message);
    }
  };

  const running = runUnderLease({ lease, signal: stop.signal, logger: logger.child({ relay: service }), work: publishAll });
  return {
    async oldestUnpublishedAt() {
      const position = await bus.lastPublished(service).catch(() => published);
      const [oldest] = await source.readAll(position, 1);
      return oldest?.recordedAt;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      listening[Symbol.dispose]();
      await running;
    },
  };
}
