import { randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import type { EventMetadata } from '@odst/event-store';
import { type Caller, serviceCaller } from '@odst/kernel';

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
 * sent again. Names of accounts may hold any Unicode, so values are percent-encoded.
 */
export function toCallMetadata(caller: Partial<Caller>): Metadata {
  const parts: Partial<EventMetadata> = { ...caller, commandId: randomUUID() };
  const metadata = new Metadata();
  for (const [part, key] of Object.entries(keys)) {
    const value = parts[part as keyof typeof keys] ?? '';
    if (value !== '') metadata.set(key, encodeURIComponent(value));
  }
  return metadata;
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
