import type { RecordedEvent } from '@odst/event-store';
import type { Projection, ProjectionTransaction } from './projection.ts';

/** Lets a projection write what follows from events, in their order. The search path says into which tables. */
export async function applyEvents(
  projection: Projection,
  transaction: ProjectionTransaction,
  events: readonly RecordedEvent[],
): Promise<void> {
  if (projection.applyBatch !== undefined) await projection.applyBatch(transaction, events);
  else for (const event of events) await projection.apply(transaction, event);
}

/** @throws Error when `events` are not those that come next after a position */
export function checkContiguous(events: readonly RecordedEvent[], after: bigint): void {
  events.forEach((event, index) => {
    const expected = after + BigInt(index + 1);
    if (event.position !== expected) throw new Error(`the source gave event ${event.position} where ${expected} comes next`);
  });
}
