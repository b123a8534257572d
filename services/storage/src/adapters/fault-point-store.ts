import type { EventStore } from '@odst/event-store';
import { decorated, type FaultPoint } from '@odst/kernel';

/** An event store that passes the fault point `storage.appended.<event type>` after each append, named by its last event. */
export function withFaultPoints<Transaction>(store: EventStore<Transaction>, faultPoint: FaultPoint): EventStore<Transaction> {
  return decorated(store, {
    async append(append) {
      const appended = await store.append(append);
      const last = append.events.at(-1);
      if (last !== undefined && !appended.repeated) await faultPoint(`storage.appended.${last.type}`);
      return appended;
    },
  });
}
