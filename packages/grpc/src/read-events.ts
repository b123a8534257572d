import { createAutoResetEvent, systemTimers, type Timers } from '@odst/async';
import { EventsServiceService, type ReadEventsRequest, type ReadEventsResponse } from '@odst/contracts/common';
import type { EventSource, RecordedEvent } from '@odst/event-store';
import { serve } from './server.ts';

const pageSize = 500;

/** Longest time between two looks for events. The source tells of them, and looks itself for those that nobody told of. */
const idleLookMs = 30_000;

/** The `ReadEvents` of a service, over its own store. */
export function serveEvents(source: EventSource, timers: Timers = systemTimers) {
  return serve(EventsServiceService, {
    async *readEvents(request: ReadEventsRequest, { signal }) {
      const appended = createAutoResetEvent(timers);
      using _listening = source.onAppended(() => appended.set());
      let after = request.afterPosition;
      let left = request.limit ?? Number.POSITIVE_INFINITY;
      while (!signal.aborted && left > 0) {
        const page = await source.readAll(after, Math.min(pageSize, left));
        left -= page.length;
        for (const event of page) yield toResponse(event);
        after = page.at(-1)?.position ?? after;
        if (page.length > 0) continue;
        if (!request.follow) return;
        await appended.wait(signal, idleLookMs);
      }
    },
  });
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
