import { Metadata } from '@grpc/grpc-js';
import type { EventMetadata } from '@odst/event-store';

/** Who and what a call is made for; travels in the metadata of every gRPC call and ends in the events' metadata. */
export type CallContext = Omit<EventMetadata, 'commandId'> & {
  /** Id of the command, where the caller chose one; else the service makes one up. */
  readonly commandId?: string;
};

/** Metadata key of each part. */
const keys = {
  actor: 'odst-actor',
  remoteAddress: 'odst-remote-address',
  correlationId: 'odst-correlation-id',
  causationId: 'odst-causation-id',
  traceparent: 'traceparent',
  commandId: 'odst-command-id',
} as const;

/** Writes the context into gRPC metadata. Names of accounts may hold any Unicode, so values are percent-encoded. */
export function contextToMetadata(context: CallContext): Metadata {
  const metadata = new Metadata();
  for (const [part, key] of Object.entries(keys)) {
    const value = context[part as keyof typeof keys];
    if (value !== undefined && value !== '') metadata.set(key, encodeURIComponent(value));
  }
  return metadata;
}

/** The reverse; parts that are not there are empty. */
export function contextFromMetadata(metadata: Metadata): CallContext {
  const read = (key: string) => decodeURIComponent(String(metadata.get(key)[0] ?? ''));
  const commandId = read(keys.commandId);
  return {
    actor: read(keys.actor),
    remoteAddress: read(keys.remoteAddress),
    correlationId: read(keys.correlationId),
    causationId: read(keys.causationId),
    traceparent: read(keys.traceparent),
    ...(commandId === '' ? {} : { commandId }),
  };
}
