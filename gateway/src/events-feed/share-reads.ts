import type { FeedPage, FeedQuery } from './event-feed.ts';

/** Reads that are the same and under way at the same time are one: live readers all stand at the end of the feed. */
export type SharedReads = {
  read(query: FeedQuery): Promise<FeedPage>;
  /** There are new events: reads that began before may miss them and are joined by nobody any more. */
  forget(): void;
};

/** Shares the reads of a function. */
export function shareReads(read: (query: FeedQuery) => Promise<FeedPage>): SharedReads {
  const underWay = new Map<string, Promise<FeedPage>>();
  return {
    read(query) {
      const { after, limit, maxBytes, filter } = query;
      const key = [after, limit, maxBytes, filter.names.join(), filter.fullNames.join()].join('/');
      const known = underWay.get(key);
      if (known !== undefined) return known;
      const reading = read(query).finally(() => {
        if (underWay.get(key) === reading) underWay.delete(key);
      });
      underWay.set(key, reading);
      return reading;
    },
    forget: () => underWay.clear(),
  };
}
