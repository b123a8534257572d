import { createVirtualTime } from '@odst/async/testing';
import type { CatalogEvent, PackageRecord } from '@odst/contracts/catalog';
import { expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createFeedSignal } from '../../src/app/feed-signal.ts';
import { projectFeed, projectProfile } from '../../src/app/project-feed.ts';
import { readChanges } from '../../src/app/read-changes.ts';
import { changeOf, contentIn, issOf, profileOf, recordOf } from '../support/records.ts';
import { createSigner } from '../support/signers.ts';

const by = issOf('a');
const uploaded = (filename: string): CatalogEvent => ({
  type: 'PackageUploaded',
  data: { packageId: 1, change: changeOf({ filename, by }), uploadId: 'u', stage: 'Prod' },
});
const published = (record: PackageRecord): CatalogEvent => ({
  type: 'PackagePublished',
  data: { packageId: 1, filename: record.filename, content: contentIn(record) },
});
const sealed: CatalogEvent = { type: 'PackageSealed', data: { packageId: 1, sealed: undefined } };

/** A feed over records that catalog has; what is not among them may not leave yet. */
async function openFeed(records: PackageRecord[]) {
  const feed = createMemoryFeedStore(() => issOf('feed'));
  await feed.begin('a'.repeat(16));
  const time = createVirtualTime();
  const feedSignal = createFeedSignal(time);
  const asked: string[][] = [];
  let position = 0n;
  let onRecord = async (): Promise<void> => undefined;
  const catalog = {
    async *records(uuids: readonly string[]) {
      asked.push([...uuids]);
      for (const uuid of uuids) {
        await onRecord();
        const record = records.find((candidate) => candidate.uuid === uuid);
        if (record !== undefined) yield record;
      }
    },
  };
  const take = async (event: CatalogEvent, record: PackageRecord) => {
    position += 1n;
    await projectFeed({ feed, feedSignal }, event, record.uuid, position);
  };
  return {
    feed,
    feedSignal,
    time,
    asked,
    take,
    onNextRecord(act: () => Promise<void>) {
      onRecord = async () => {
        onRecord = async () => undefined;
        await act();
      };
    },
    read: (after = '', options: { readonly waitMs?: number; readonly limit?: number } = {}) =>
      readChanges(
        { feed, feedSignal, scheduler: time, catalog, ownWriter: { cover: async () => undefined } },
        { peerIss: '', after, waitMs: options.waitMs ?? 0, limit: options.limit ?? 0, epoch: '' },
        new AbortController().signal,
      ),
  };
}

test('a page has how far the servers have written that its records name, where the reader was not told of it yet', async () => {
  const signer = createSigner(by);
  const [x, y] = [recordOf({ filename: 'x.pkg', by }), recordOf({ filename: 'y.pkg', by: issOf('b') })];
  const { feed, take, read } = await openFeed([x, y]);
  const say = (stamp: bigint) => {
    const said = signer.says({ kind: 'writer', stamp, lastStamp: stamp });
    return feed.putStatements([{ ...said, heardAt: new Date(0) }]).then(() => said);
  };
  await say(1n);
  await take(uploaded('x.pkg'), x);
  await take(uploaded('y.pkg'), y);
  const newest = await say(2n);
  const first = await read('', { limit: 1 });
  expect([first.records, first.statements]).toEqual([[x], [newest]]);
  const second = await read(first.next, { limit: 1 });
  expect([second.records, second.statements]).toEqual([[y], []]);
  const third = await read(second.next);
  expect([third.records, third.statements]).toEqual([[], [newest]]);
  await take(sealed, x);
  expect((await read(third.next)).statements).toEqual([]);
});

test('each event that changes a record puts its package at the end; the others leave it where it is', async () => {
  const [x, y] = [recordOf({ filename: 'x.pkg', by }), recordOf({ filename: 'y.pkg', by })];
  const { take, read, feedSignal } = await openFeed([x, y]);
  await take(uploaded('x.pkg'), x);
  await take(uploaded('y.pkg'), y);
  expect((await read()).records).toEqual([x, y]);
  await take(sealed, x);
  const raised = feedSignal.version;
  expect((await read()).records).toEqual([y, x]);
  await take(published(y), y);
  expect((await read()).records).toEqual([y, x]);
  expect(feedSignal.version).toBe(raised);
});

test('a page tells the records as they are now, and never a package twice', async () => {
  const records = [recordOf({ filename: 'x.pkg', by })];
  const [before] = records as [PackageRecord];
  const { take, read } = await openFeed(records);
  await take(uploaded('x.pkg'), before);
  const newer = recordOf({ filename: 'x.pkg', content: 'newer', by, stamp: 2n });
  records[0] = newer;
  expect((await read()).records).toEqual([newer]);
});

test('a package whose record may not leave yet is passed over, and comes when it may', async () => {
  const records: PackageRecord[] = [];
  const record = recordOf({ filename: 'x.pkg', by });
  const { take, read } = await openFeed(records);
  await take(uploaded('x.pkg'), record);
  const passed = await read();
  expect([passed.records, passed.more]).toEqual([[], false]);
  records.push(record);
  expect((await read(passed.next)).records).toEqual([]);
  await take(sealed, record);
  expect((await read(passed.next)).records).toEqual([record]);
});

test('a reader that waits is not woken by what may not leave yet', async () => {
  const records: PackageRecord[] = [];
  const record = recordOf({ filename: 'x.pkg', by });
  const { take, read, time } = await openFeed(records);
  let page: Awaited<ReturnType<typeof read>> | undefined;
  const reading = read('', { waitMs: 30_000 }).then((answer) => {
    page = answer;
  });
  await time.pass(1_000);
  await take(uploaded('x.pkg'), record);
  await time.pass(1_000);
  expect(page).toBeUndefined();
  records.push(record);
  await take(sealed, record);
  await time.until(() => page !== undefined, 1_000);
  await reading;
  expect(page?.records).toEqual([record]);
});

test('a package that changes while its page is read is not lost to the reader', async () => {
  const [x, y] = [recordOf({ filename: 'x.pkg', by }), recordOf({ filename: 'y.pkg', by })];
  const records = [x];
  const { take, read, onNextRecord } = await openFeed(records);
  await take(uploaded('x.pkg'), x);
  await take(uploaded('y.pkg'), y);
  onNextRecord(async () => {
    await take(sealed, x);
    records.push(y);
    await take(sealed, y);
  });
  const first = await read('', { limit: 1 });
  expect([first.records, first.more]).toEqual([[x], true]);
  const rest = await read(first.next);
  expect(rest.records.map(({ uuid }) => uuid)).toEqual([x.uuid, y.uuid]);
});

test('a page ends before 1 MiB of JSON, but for one record that alone has more', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const long = names.map((name) => {
    const record = recordOf({ filename: name, by });
    const reason = 'x'.repeat(name === 'c' ? 1_500_000 : 400_000);
    return { ...record, bodies: record.bodies.map((body) => ({ ...body, reason })) };
  });
  const { take, read } = await openFeed(long);
  for (const record of long) await take(uploaded(record.filename), record);
  const pages: string[][] = [];
  for (let after = '', more = true; more; ) {
    const page = await read(after);
    pages.push(page.records.map(({ filename }) => filename));
    ({ next: after, more } = page);
  }
  expect(pages).toEqual([['a', 'b'], ['c'], ['d']]);
});

test('profiles keep their place among the packages, and need no catalog', async () => {
  const x = recordOf({ filename: 'x.pkg', by });
  const { take, read, feed, feedSignal, asked } = await openFeed([x]);
  const profile = profileOf('Paris');
  await projectProfile({ feed, feedSignal }, { type: 'ServerIntroduced', data: { iss: profile.iss, profile, fromIss: '' } }, 1n);
  expect((await read()).profiles).toEqual([profile]);
  expect(asked).toEqual([]);
  await take(uploaded('x.pkg'), x);
  expect(await read()).toMatchObject({ profiles: [profile], records: [x] });
});
