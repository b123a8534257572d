import type { EventMetadata } from '@odst/event-store';
import type { HandlerContext } from '@odst/grpc';

/** Who and what caused the events of a call; a call without a command id gets a new one. */
export function metadataOf(context: HandlerContext, newId: () => string): EventMetadata {
  const { actor, remoteAddress, causationId, traceparent, caller } = context;
  return {
    actor: actor === '' ? `service:${caller}` : actor,
    remoteAddress,
    commandId: context.commandId ?? newId(),
    correlationId: context.correlationId === '' ? newId() : context.correlationId,
    causationId,
    traceparent,
  };
}
