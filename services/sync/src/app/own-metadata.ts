import type { EventMetadata } from '@odst/event-store';
import type { Chance } from './ports.ts';

/** Metadata of what this service does on its own: each attempt is a command of its own. */
export function ownMetadata(chance: Chance): EventMetadata {
  const commandId = chance.uuid();
  return { actor: 'service:sync', remoteAddress: '', commandId, correlationId: commandId, causationId: '', traceparent: '' };
}
