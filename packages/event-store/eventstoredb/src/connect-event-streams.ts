import { BACKWARDS, END, EventStoreDBClient, type ResolvedEvent, StreamNotFoundError } from '@eventstore/db-client';
import { backgroundTimers, settlesWithin, startSilenceLimit } from '@odst/async';
import { OdstError } from '@odst/kernel';
import { callAppend } from './append-call.ts';
import type { EventStreams, FollowListener, StreamEntry } from './event-streams.ts';
import { translateEventStoreDbError } from './eventstoredb-error.ts';

/** Longest time between two entries of a read. The client sets no deadline for reads. */
const readTimeoutMs = 8_000;

/** How long the end of a store waits for a connection that is just being looked for among the nodes of a cluster. */
const closeLimitMs = 500;

/** Reads go to the leader, as followers may lag behind what was acknowledged. */
const fromLeader = { requiresLeader: true };

/**
 * Connects to EventStoreDB when first used.
 * @param url `esdb://` or `esdb+discover://`, with user and options as EventStoreDB documents them
 * @throws OdstError COMMON_SETTING_INVALID for a URL that the client does not understand
 */
export function connectEventStreams(url: string): EventStreams {
  const client = clientOf(url);
  return {
    async append(stream, events, firstRevision) {
      try {
        return await callAppend(client, stream, events, firstRevision);
      } catch (error) {
        throw translateEventStoreDbError(error);
      }
    },
    read: (stream, from, limit) =>
      collect(() => client.readStream(stream, { ...fromLeader, fromRevision: from, maxCount: limit, resolveLinkTos: true })),
    async lastRevision(stream) {
      const [last] = await collect(() =>
        client.readStream(stream, { ...fromLeader, direction: BACKWARDS, fromRevision: END, maxCount: 1 }),
      );
      return last?.revision ?? -1n;
    },
    follow: (stream, after, listener, signal) => follow(client, stream, after, listener, signal),
    async [Symbol.asyncDispose]() {
      await client.dispose();
      // The client ends its calls and leaves its connection open, which it also keeps to itself.
      const { getChannel } = client as unknown as { getChannel: () => Promise<{ close(): void }> };
      const closed = getChannel().then(
        (channel) => channel.close(),
        () => undefined,
      );
      await settlesWithin(closeLimitMs, closed, backgroundTimers);
    },
  };
}

function clientOf(url: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch {
    // The client's own message quotes the URL, which may hold a password.
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      'EVENTSTORE_URL: not understood; example: esdb://user:password@events.example.org:2113?tls=true',
    );
  }
}

type Reading = ReturnType<EventStoreDBClient['readStream']>;

/** All entries of a read that ends by itself. */
async function collect(begin: () => Reading): Promise<readonly StreamEntry[]> {
  const entries: StreamEntry[] = [];
  const ended = Promise.withResolvers<void>();
  const reading = begin();
  using silence = startSilenceLimit(readTimeoutMs, () => {
    ended.reject(new OdstError('COMMON_DATABASE_UNAVAILABLE', 'EventStoreDB does not answer'));
    void reading.cancel().catch(() => undefined);
  });
  reading.on('data', (resolved: ResolvedEvent) => {
    silence.heard();
    const entry = entryOf(resolved);
    if (entry !== undefined) entries.push(entry);
  });
  reading.once('end', () => ended.resolve());
  reading.on('error', (error) => ended.reject(error));
  try {
    await ended.promise;
    return entries;
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw translateEventStoreDbError(error);
  }
}

function entryOf({ event, link }: ResolvedEvent): StreamEntry | undefined {
  const entry = link ?? event;
  if (entry === undefined) return undefined;
  return {
    revision: entry.revision,
    id: entry.id,
    event: event && {
      id: event.id,
      stream: event.streamId,
      revision: event.revision,
      type: event.type,
      data: event.data,
      metadata: event.metadata,
    },
  };
}

async function follow(
  client: EventStoreDBClient,
  stream: string,
  after: bigint,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const subscription = client.subscribeToStream(stream, { fromRevision: after });
  const onAbort = (): void => ended.resolve();
  signal.addEventListener('abort', onAbort);
  subscription.on('confirmation', listener.onConfirmed);
  subscription.on('data', ({ event }: ResolvedEvent) => {
    if (event !== undefined) listener.onEntry(event.revision);
  });
  subscription.on('error', (error: unknown) => ended.reject(translateEventStoreDbError(error)));
  subscription.once('end', () => ended.reject(new OdstError('COMMON_DATABASE_UNAVAILABLE', 'EventStoreDB ended a subscription')));
  try {
    if (!signal.aborted) await ended.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await subscription.unsubscribe().catch(() => undefined);
  }
}
