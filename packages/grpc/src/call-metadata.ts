import { hash, randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import type { EventMetadata } from '@odst/event-store';
import { type Caller, serviceCaller, uuidV5 } from '@odst/kernel';

/** Metadata key of each part. */
const keys = {
  actor: 'odst-actor',
  remoteAddress: 'odst-remote-address',
  correlationId: 'odst-correlation-id',
  causationId: 'odst-causation-id',
  traceparent: 'traceparent',
  commandId: 'odst-command-id',
} as const;

/**
 * Metadata of one call: for whom it is made, and an id for the command that it is, which stays the same when the call is
 * sent again, and for repetitions of the same request of a user. Names of accounts may hold any Unicode, so values are percent-encoded.
 * @param content what is called with what
 */
export function toCallMetadata({ requestId, ...caller }: Partial<Caller>, content: () => CallContent): Metadata {
  const commandId = requestId === undefined ? randomUUID() : commandIdOf(requestId, content());
  const parts: Partial<EventMetadata> = { ...caller, commandId };
  const metadata = new Metadata();
  for (const [part, key] of Object.entries(keys)) {
    const value = parts[part as keyof typeof keys] ?? '';
    if (value !== '') metadata.set(key, encodeURIComponent(value));
  }
  return metadata;
}

/** What a call says. */
export type CallContent = { readonly path: string; readonly request: Uint8Array };

/** Of several calls of one request each is a command of its own. */
function commandIdOf(requestId: string, { path, request }: CallContent): string {
  return uuidV5(requestId, `${path} ${hash('sha256', request, 'hex')}`);
}

/** The reverse, as metadata of the events that the call leads to. @param service that calls; it acts where it names nobody else */
export function fromCallMetadata(metadata: Metadata, service: string): EventMetadata {
  const read = (key: string) => decodeURIComponent(String(metadata.get(key)[0] ?? ''));
  const commandId = read(keys.commandId) || randomUUID();
  const own = serviceCaller(service, commandId);
  return {
    actor: read(keys.actor) || own.actor,
    remoteAddress: read(keys.remoteAddress),
    correlationId: read(keys.correlationId) || own.correlationId,
    causationId: read(keys.causationId),
    traceparent: read(keys.traceparent),
    commandId,
  };
}
