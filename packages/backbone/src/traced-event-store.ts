import type { EventStore } from '@odst/event-store';
import { decorated } from '@odst/kernel';
import { activeTraceparent, inSpan } from '@odst/telemetry';

/**
 * An event store whose appends are spans. The events carry the append's `traceparent`, so whoever publishes them and reacts
 * to them goes on with the trace. An append outside of a trace goes on with the one that its metadata names, or begins one.
 */
export function tracedEventStore<Transaction>(store: EventStore<Transaction>, service: string): EventStore<Transaction> {
  return decorated(store, {
    append(append) {
      const { stream, events, metadata } = append;
      const attributes = { 'odst.stream': stream, 'odst.events': events.map(({ type }) => type).join(',') };
      const parent = activeTraceparent() === '' ? { parent: metadata.traceparent } : {};
      return inSpan({ name: `append ${service}`, attributes, ...parent }, (span) =>
        store.append({ ...append, metadata: { ...metadata, traceparent: span?.traceparent ?? metadata.traceparent } }),
      );
    },
  });
}
