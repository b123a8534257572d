import { EventsServiceService, type ReadEventsRequest, type ReadEventsResponse } from '@odst/contracts/common';
import type { EventSource, RecordedEvent } from '@odst/event-store';
import { serve } from './server.ts';

const pageSize = 500;
const pollMs = 1_000;

/** The `ReadEvents` of a service, over its own store. */
export function serveEvents(source: EventSource) {
  return serve(EventsServiceService, {
    async *readEvents(request: ReadEventsRequest, { signal }) {
      let after = request.afterPosition;
      while (!signal.aborted) {
        const page = await source.readAll(after, pageSize);
        for (const event of page) yield toResponse(event);
        after = page.at(-1)?.position ?? after;
        if (page.length > 0) continue;
        if (!request.follow) return;
        await nextAppend(source, signal);
      }
    },
  });
}

/** Resolves at the next append, at the latest after the poll interval, or when `signal` aborts. */
async function nextAppend(source: EventSource, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _listener = source.onAppended(resolve);
  const timer = setTimeout(resolve, pollMs);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}

function toResponse(event: RecordedEvent): ReadEventsResponse {
  return {
    event: {
      id: event.id,
      stream: event.stream,
      version: BigInt(event.version),
      position: event.position,
      type: event.type,
      schemaVersion: event.schemaVersion,
      data: JSON.stringify(event.data),
      metadata: event.metadata,
      recordedAt: event.recordedAt,
    },
  };
}
