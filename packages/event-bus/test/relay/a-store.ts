import { createMemoryEventStore, type EventStore, type MemoryTransaction } from '@odst/event-store';

let commands = 0;

/** The time of the tests. */
export const startedAt = new Date('2026-01-01T00:00:00Z');

/** A store in memory. */
export type Store = EventStore<MemoryTransaction>;

/** An empty store. */
export function aStore(): Store {
  return createMemoryEventStore({ clock: { now: () => startedAt } });
}

/** Appends events of the type NoteWritten to a stream. */
export async function append(store: Store, count = 1, stream = 'note-a'): Promise<void> {
  commands += 1;
  await store.append({
    stream,
    expectedVersion: 'any',
    events: Array.from({ length: count }, () => ({ type: 'NoteWritten', schemaVersion: 1, data: {} })),
    metadata: {
      actor: 'account:admin',
      remoteAddress: '',
      commandId: `command ${commands}`,
      correlationId: '',
      causationId: '',
      traceparent: '',
    },
  });
}
