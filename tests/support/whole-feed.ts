import { expect } from 'vitest';
import type { FeedPage } from './admin-client.ts';

/** Each service's events stand in the feed once and in their order, from the first one on. */
export function expectWholeFeed(items: FeedPage['items']): void {
  const byService = Map.groupBy(items, ({ type }) => type.split('.')[2] ?? '');
  expect([...byService.keys()]).toEqual(expect.arrayContaining(['registration', 'catalog', 'storage']));
  for (const [service, events] of byService) {
    const sequences = events.map(({ sequence }) => Number(sequence));
    expect([service, sequences]).toEqual([service, sequences.map((_, index) => index + 1)]);
  }
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
}
