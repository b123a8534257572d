import type { EventMetadata } from '@odst/event-store';
import { uuidV5 } from '@odst/kernel';
import type { BusMessage } from '../event-bus.ts';

/** Namespace of the command ids of reactions; made for this purpose. */
const reactionNamespace = '9b1e6a52-3c0d-5f47-8a2e-6d1f0c9b4e73';

/**
 * Id of a command that a consumer issues for an event: UUIDv5 of both, so that the same event seen again issues the
 * same command.
 * @param consumer `<service>.<consumer>`
 * @param part tells several commands for one event apart. Default: there is one
 */
export function reactionCommandId(consumer: string, eventId: string, part = ''): string {
  return uuidV5(reactionNamespace, `${consumer}\n${eventId}\n${part}`);
}

/** Metadata of a command that a consumer issues for a message: the service acts, the event is the cause. */
export function reactionMetadata(consumer: string, { event }: Pick<BusMessage, 'event'>, part = ''): EventMetadata {
  const [service = consumer] = consumer.split('.');
  return {
    actor: `service:${service}`,
    remoteAddress: '',
    commandId: reactionCommandId(consumer, event.id, part),
    correlationId: event.correlationid,
    causationId: event.id,
    traceparent: event.traceparent ?? '',
  };
}
