import type { EventMetadata } from '@odst/event-store';
import type { Random, RequestContext } from './ports.ts';

/** Metadata of the events of one command; makes up a command id where the caller chose none. */
export function metadataOf(context: RequestContext, random: Random): EventMetadata {
  const { actor, remoteAddress, correlationId, causationId, traceparent } = context;
  return { actor, remoteAddress, correlationId, causationId, traceparent, commandId: context.commandId ?? random.uuid() };
}

/** Context of what the service does of its own accord. */
export function ownContext(commandId: string): RequestContext {
  return {
    actor: 'service:registration',
    remoteAddress: '',
    correlationId: commandId,
    causationId: '',
    traceparent: '',
    commandId,
  };
}
