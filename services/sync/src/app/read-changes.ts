import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import { type Feed, formatCursor, type Place, placeAfter } from '../domain/cursor.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { Catalog, FeedEntry, FeedStore, Scheduler } from './ports.ts';

/** Longest wait for a change. */
export const longestWaitMs = 30_000;

/** Most entries of one page. */
export const largestPage = 1_000;

const defaultPage = 500;

/** A page ends before it has more bytes of JSON than this, unless its first entry alone has. */
const pageBudgetBytes = 1_048_576;

/** A page ends after this time where it has something: whoever reads waits for it. */
const longestGatherMs = 2_000;

/** How often a waiting reader looks for changes that another process made. */
const lookAgainMs = 5_000;

/** Where to read. */
export type ReadChanges = {
  /** In which epoch the peer runs; empty where it does not say. */
  readonly epoch: string;
  /** Cursor of the last page; empty, broken or of another feed: from the start. */
  readonly after: string;
  /** 0 to 30,000. */
  readonly waitMs: number;
  /** 1 to 1,000; 0 for 500. */
  readonly limit: number;
};

/** A page of this server's feed. */
export type FeedPage = {
  readonly feedId: string;
  /** In which this server runs. */
  readonly epoch: string;
  /** Whether this server was restored since the cursor was given, and the page begins before it. */
  readonly restored: boolean;
  readonly records: readonly PackageRecord[];
  /** Of servers that are known here, this one included. */
  readonly profiles: readonly SignedProfile[];
  readonly next: string;
  readonly more: boolean;
};

/** What reading needs. */
export type ReadChangesDeps = {
  readonly feed: FeedStore;
  readonly feedSignal: FeedSignal;
  readonly scheduler: Scheduler;
  readonly catalog: Pick<Catalog, 'records'>;
};

/**
 * Reads the feed after a cursor; waits while there is nothing. Packages whose record may not leave yet are passed over: their entry goes
 * to the end when it may. So does one that changes while its page is read; what the reader gets of it may be newer than the index.
 * @throws OdstError COMMON_REQUEST_INVALID, and what catalog throws
 */
export async function readChanges(deps: ReadChangesDeps, request: ReadChanges, signal: AbortSignal): Promise<FeedPage> {
  const { feed, feedSignal, scheduler } = deps;
  const limit = checkLimit(request.limit);
  if (!(request.waitMs >= 0 && request.waitMs <= longestWaitMs)) {
    throw new OdstError('COMMON_REQUEST_INVALID', `wait is 0 to ${longestWaitMs} ms`, { pointer: '/wait' });
  }
  const endsAt = scheduler.now().getTime() + request.waitMs;
  for (let after = request.after; ; ) {
    const seen = feedSignal.version;
    const head = await feed.head();
    const { position } = placeAfter(after, head);
    // Passed over entries move the cursor, and hide no restore.
    const { restored } = placeAfter(request.after, head);
    const entries = position < head.position ? await feed.read(position, limit + 1) : [];
    const page = await pageOf(deps, head, { position, restored }, { entries, limit }, signal);
    const remainingMs = endsAt - scheduler.now().getTime();
    const isFull = page.records.length + page.profiles.length > 0;
    if (isFull || page.more || remainingMs <= 0 || signal.aborted) return page;
    after = page.next;
    await feedSignal.changedSince(seen, Math.min(remainingMs, lookAgainMs), signal);
  }
}

function checkLimit(limit: number): number {
  if (limit === 0) return defaultPage;
  if (limit >= 1 && limit <= largestPage) return limit;
  throw new OdstError('COMMON_REQUEST_INVALID', `limit is 1 to ${largestPage}`, { pointer: '/limit' });
}

/** Takes entries, with the packages' records as catalog streams them, until the page is full. */
async function pageOf(
  { catalog, scheduler }: ReadChangesDeps,
  feed: Feed,
  place: Place,
  { entries, limit }: { readonly entries: readonly FeedEntry[]; readonly limit: number },
  signal: AbortSignal,
): Promise<FeedPage> {
  const candidates = entries.slice(0, limit);
  const uuids = candidates.flatMap(({ content }) => (content.kind === 'package' ? [content.uuid] : []));
  await using told = recordsInOrder(uuids.length === 0 ? undefined : catalog.records(uuids, signal));
  const records: PackageRecord[] = [];
  const profiles: SignedProfile[] = [];
  const endsAtMs = scheduler.now().getTime() + longestGatherMs;
  let budgetBytes = pageBudgetBytes;
  let taken = 0;
  for (const { content } of candidates) {
    const isFirst = records.length + profiles.length === 0;
    if (!isFirst && scheduler.now().getTime() >= endsAtMs) break;
    const record = content.kind === 'package' ? await told.recordOf(content.uuid) : undefined;
    budgetBytes -= content.kind === 'profile' ? bytesOf(SignedProfile.toJSON(content.profile)) : 0;
    budgetBytes -= record === undefined ? 0 : bytesOf(PackageRecord.toJSON(record));
    if (!isFirst && budgetBytes < 0) break;
    if (record !== undefined) records.push(record);
    if (content.kind === 'profile') profiles.push(content.profile);
    taken += 1;
  }
  if (taken === candidates.length) await told.end();
  return {
    feedId: feed.feedId,
    epoch: feed.epochs.at(-1)?.id ?? '',
    restored: place.restored,
    records,
    profiles,
    next: formatCursor({ ...feed, position: candidates[taken - 1]?.position ?? place.position }),
    more: taken < entries.length,
  };
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Records that come in the order in which they are asked for, some of them not at all. */
function recordsInOrder(records: AsyncIterable<PackageRecord> | undefined) {
  const iterator = records?.[Symbol.asyncIterator]();
  let next: IteratorResult<PackageRecord, unknown> | undefined;
  return {
    /** To be asked in the same order; undefined where there is none. */
    async recordOf(uuid: string): Promise<PackageRecord | undefined> {
      next ??= (await iterator?.next()) ?? ended;
      if (next.done === true || next.value.uuid !== uuid) return undefined;
      const record = next.value;
      next = undefined;
      return record;
    },
    /** All were asked for. What is left was told out of order, and would be lost to the reader. */
    async end(): Promise<void> {
      next ??= (await iterator?.next()) ?? ended;
      if (next.done !== true) throw new Error(`catalog told the record of ${next.value.uuid} out of order`);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await iterator?.return?.();
    },
  };
}

function bytesOf(json: unknown): number {
  return Buffer.byteLength(JSON.stringify(json)) + 1;
}
