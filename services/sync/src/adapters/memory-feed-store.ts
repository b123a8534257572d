import type { FeedEntry, FeedStore } from '../app/ports.ts';

/** Builds a feed that lives as long as the process: the fake of tests and of the simulation. */
export function createMemoryFeedStore(newFeedId: () => string): FeedStore {
  const feedId = newFeedId();
  const entries = new Map<string, FeedEntry & { readonly catalogPosition: bigint }>();
  let position = 0n;
  return {
    head: async () => ({ feedId, position }),
    async put(record, catalogPosition) {
      if ((entries.get(record.uuid)?.catalogPosition ?? -1n) >= catalogPosition) return false;
      position += 1n;
      entries.delete(record.uuid);
      entries.set(record.uuid, { position, record, catalogPosition });
      return true;
    },
    async read(after, limit) {
      const later = [...entries.values()].filter((entry) => entry.position > after);
      return later.slice(0, limit).map((entry) => ({ position: entry.position, record: entry.record }));
    },
  };
}
