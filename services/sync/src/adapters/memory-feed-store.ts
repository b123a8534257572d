import { type FeedEntry, type FeedStore, subjectOf } from '../app/ports.ts';
import { type Epoch, epochsFrom } from '../domain/cursor.ts';

/** Builds a feed that lives as long as the process: the fake of tests and of the simulation. */
export function createMemoryFeedStore(newFeedId: () => string): FeedStore {
  const feedId = newFeedId();
  let epochs: readonly Epoch[] = [];
  const entries = new Map<string, FeedEntry & { readonly sourcePosition: bigint }>();
  let position = 0n;
  return {
    head: async () => ({ feedId, position, epochs }),
    async begin(id) {
      epochs = epochsFrom({ feedId, position, epochs }, id);
    },
    async put(content, sourcePosition) {
      const subject = `${content.kind} ${subjectOf(content)}`;
      if ((entries.get(subject)?.sourcePosition ?? -1n) >= sourcePosition) return false;
      position += 1n;
      entries.delete(subject);
      entries.set(subject, { position, content, sourcePosition });
      return true;
    },
    async read(after, limit) {
      const later = [...entries.values()].filter((entry) => entry.position > after);
      return later.slice(0, limit).map((entry) => ({ position: entry.position, content: entry.content }));
    },
  };
}
