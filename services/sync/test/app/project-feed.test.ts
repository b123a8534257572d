import { createVirtualTime } from '@odst/async/testing';
import type { CatalogEvent, PackageRecord } from '@odst/contracts/catalog';
import { expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createFeedSignal } from '../../src/app/feed-signal.ts';
import { projectFeed } from '../../src/app/project-feed.ts';
import { issOf, recordOf } from '../support/records.ts';

const by = issOf('a');
const unsealed = (record: PackageRecord): PackageRecord => ({ ...record, manifestDigest: '', signature: new Uint8Array() });
const published = (record: PackageRecord): CatalogEvent => ({ type: 'PackagePublished', data: { packageId: 1, record } });
const sealed = (record: PackageRecord): CatalogEvent => ({ type: 'PackageSealed', data: { packageId: 1, record } });

function openFeed() {
  const feed = createMemoryFeedStore(() => issOf('feed'));
  const feedSignal = createFeedSignal(createVirtualTime());
  let position = 0n;
  return {
    async take(event: CatalogEvent) {
      position += 1n;
      await projectFeed({ feed, feedSignal }, event, position);
    },
    records: async () => (await feed.read(0n, 10)).map(({ content }) => ('record' in content ? content.record : content)),
    raised: () => feedSignal.version,
  };
}

test('a record comes into the feed when it is sealed, not before', async () => {
  const { take, records, raised } = openFeed();
  const record = recordOf({ filename: 'a.pkg', by });
  const quiet = raised();
  await take(published(unsealed(record)));
  expect(await records()).toEqual([]);
  expect(raised()).toBe(quiet);
  await take(sealed(record));
  expect(await records()).toEqual([record]);
  expect(raised()).not.toBe(quiet);
});

test("a package's earlier entry stays while its newer record is not sealed", async () => {
  const { take, records } = openFeed();
  const first = recordOf({ filename: 'a.pkg', by });
  const second = recordOf({ filename: 'a.pkg', content: 'newer', by, stamp: 2n });
  await take(published(first));
  await take(published(unsealed(second)));
  expect(await records()).toEqual([first]);
  await take(sealed(second));
  expect(await records()).toEqual([second]);
});

test('of a conflict the sealed changes come at once, in their order, and the others when they are sealed', async () => {
  const { take, records } = openFeed();
  const mine = recordOf({ filename: 'a.pkg', content: 'mine', by });
  const winner = recordOf({ filename: 'a.pkg', content: 'theirs', by: issOf('b'), stamp: 2n });
  const third = recordOf({ filename: 'a.pkg', content: 'third', by: issOf('c'), stamp: 1n });
  const met = { ...winner, concurrent: [unsealed(mine), third] };
  await take({
    type: 'PackageConflictDetected',
    data: { packageId: 1, winner: met, loser: unsealed(mine), fromIss: issOf('b') },
  });
  expect(await records()).toEqual([{ ...winner, concurrent: [third] }]);
  await take(sealed({ ...winner, concurrent: [mine, third] }));
  expect(await records()).toEqual([{ ...winner, concurrent: [mine, third] }]);
});

test('the changes beside an unsealed one that stands come without it', async () => {
  const { take, records } = openFeed();
  const mine = recordOf({ filename: 'a.pkg', content: 'mine', by, stamp: 3n });
  const theirs = recordOf({ filename: 'a.pkg', content: 'theirs', by: issOf('b'), stamp: 2n });
  await take(published({ ...unsealed(mine), concurrent: [theirs] }));
  expect(await records()).toEqual([theirs]);
});
