import { expect, test } from 'vitest';
import type { FeedPage, FeedQuery } from '../../src/events-feed/event-feed.ts';
import { shareReads } from '../../src/events-feed/share-reads.ts';
import { typeFilter } from '../../src/events-feed/type-filter.ts';

const query: FeedQuery = { after: 7n, limit: 10, maxBytes: 1_000, filter: typeFilter('PackageUploaded') };

function reads() {
  const begun: { query: FeedQuery; end: (page: FeedPage) => void }[] = [];
  const shared = shareReads((asked) => {
    const { promise, resolve } = Promise.withResolvers<FeedPage>();
    begun.push({ query: asked, end: resolve });
    return promise;
  });
  return { begun, shared };
}

const page: FeedPage = { items: [], next: '7', atEnd: true };

test('reads once for all who ask the same at the same time', async () => {
  const { begun, shared } = reads();
  const answers = [shared.read(query), shared.read({ ...query }), shared.read({ ...query, after: 8n })];
  expect(begun.map((read) => read.query.after)).toEqual([7n, 8n]);
  for (const { end } of begun) end(page);
  expect(await Promise.all(answers)).toEqual([page, page, page]);
  const later = shared.read(query);
  expect(begun).toHaveLength(3);
  begun[2]?.end(page);
  await later;
});

test.each<Partial<FeedQuery>>([{ limit: 11 }, { maxBytes: 1 }, { filter: typeFilter('PackageSealed') }])(
  'reads apart for %o',
  (part) => {
    const { begun, shared } = reads();
    void shared.read(query);
    void shared.read({ ...query, ...part });
    expect(begun).toHaveLength(2);
  },
);

test('joins nobody to a read that began before the last events came', async () => {
  const { begun, shared } = reads();
  const before = shared.read(query);
  shared.forget();
  const after = shared.read(query);
  expect(begun).toHaveLength(2);
  begun[0]?.end(page);
  await before;
  // The end of the old one does not let go of the new one.
  void shared.read(query);
  expect(begun).toHaveLength(2);
  begun[1]?.end(page);
  await after;
});
