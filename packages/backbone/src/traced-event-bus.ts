import type { BusMessage, EventBus, Subscription } from '@odst/event-bus';
import { decorated } from '@odst/kernel';
import { beginSpan, inSpan, type Span, type SpanOptions } from '@odst/telemetry';

/**
 * An event bus that shows in the trace of each event when it was published, and when each group handled it. Both are caused
 * by the append: the event is the same wherever and however often it is published.
 */
export function tracedEventBus(bus: EventBus): EventBus {
  return decorated(bus, {
    publish: (producer, messages) =>
      inSpans(
        messages.map((message) => spanOf(message, 'publish')),
        () => bus.publish(producer, messages),
      ),
    subscribe: (subscription) => bus.subscribe({ ...subscription, handler: tracedHandler(subscription) }),
  });
}

function tracedHandler({ group, handler }: Subscription): Subscription['handler'] {
  if (typeof handler === 'function') return (message) => inSpan(spanOf(message, 'process', group), () => handler(message));
  return {
    handleBatch: (messages) =>
      inSpans(
        messages.map((message) => spanOf(message, 'process', group)),
        () => handler.handleBatch(messages),
      ),
  };
}

function spanOf({ topic, event }: BusMessage, operation: 'publish' | 'process', group?: string): SpanOptions {
  return {
    name: `${operation} ${topic}`,
    kind: operation === 'publish' ? 'producer' : 'consumer',
    parent: event.traceparent ?? '',
    attributes: {
      'messaging.destination.name': topic,
      'messaging.message.id': event.id,
      'odst.event': event.type,
      ...(group === undefined ? {} : { 'messaging.consumer.group.name': group }),
    },
  };
}

/** Runs work that is done for many traces at once: a span in each, and none that is active. */
async function inSpans(options: readonly SpanOptions[], work: () => Promise<void>): Promise<void> {
  const spans: readonly Span[] = options.map(beginSpan);
  try {
    await work();
  } catch (error) {
    for (const span of spans) span.failed(error);
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}
