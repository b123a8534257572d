import { PackageRecord, serversOfRecord } from '@odst/contracts/catalog';
import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import { Heartbeat, HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import { type Feed, formatCursor, type Place, placeAfter } from '../domain/cursor.ts';
import { isLoud, type Statement } from '../domain/holdings.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { HeardStatement } from './holdings-ports.ts';
import type { OwnWriter } from './own-writer.ts';
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

/** That servers run is told after this time where nothing else is to be told: so it takes no request of its own for each of them. */
const longestQuietMs = 15_000;

/** Most statements of writers that come beside the entries of a page. */
const mostWriters = 1_000;

/** How often a waiting reader looks for changes that another process made. */
const lookAgainMs = 5_000;

/** Where to read. */
export type ReadChanges = {
  /** Who reads; empty where it does not matter. */
  readonly peerIss: string;
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
  /** Servers that are gone for good. */
  readonly retirements: readonly SignedRetirement[];
  /** What servers say of themselves, in the order of the feed. */
  readonly statements: readonly Statement[];
  readonly next: string;
  readonly more: boolean;
  /** Entries of the feed behind the page; 0 at its end. */
  readonly left: number;
};

/** What reading needs. */
export type ReadChangesDeps = {
  readonly feed: FeedStore;
  readonly feedSignal: FeedSignal;
  readonly scheduler: Scheduler;
  readonly catalog: Pick<Catalog, 'records'>;
  readonly ownWriter: Pick<OwnWriter, 'cover'>;
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
  const startedAt = scheduler.now().getTime();
  const endsAt = startedAt + request.waitMs;
  for (let after = request.after; ; ) {
    const seen = feedSignal.version;
    const head = await feed.head();
    const { position } = placeAfter(after, head);
    // Passed over entries move the cursor, and hide no restore.
    const { restored } = placeAfter(request.after, head);
    const entries = position < head.position ? await feed.read(position, limit + 1) : [];
    const page = await pageOf(deps, head, { position, restored }, { entries: forReader(entries, request), limit }, signal);
    const nowMs = scheduler.now().getTime();
    const isQuiet = page.statements.length > 0;
    const remainingMs = (isQuiet ? Math.min(endsAt, startedAt + longestQuietMs) : endsAt) - nowMs;
    const isFull = page.records.length + page.profiles.length + page.retirements.length > 0 || page.statements.some(isLoud);
    if (isFull || page.more || remainingMs <= 0 || signal.aborted) return page;
    if (!isQuiet) after = page.next;
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
  { catalog, scheduler, feed: feedStore, ownWriter }: ReadChangesDeps,
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
  const retirements: SignedRetirement[] = [];
  const statements: HeardStatement[] = [];
  const endsAtMs = scheduler.now().getTime() + longestGatherMs;
  let budgetBytes = pageBudgetBytes;
  let taken = 0;
  for (const { content } of candidates) {
    const isFirst = records.length + profiles.length + retirements.length + statements.length === 0;
    if (!isFirst && scheduler.now().getTime() >= endsAtMs) break;
    const record = content.kind === 'package' ? await told.recordOf(content.uuid) : undefined;
    budgetBytes -= content.kind === 'profile' ? bytesOf(SignedProfile.toJSON(content.profile)) : 0;
    budgetBytes -= content.kind === 'retirement' ? bytesOf(SignedRetirement.toJSON(content.retirement)) : 0;
    budgetBytes -= record === undefined ? 0 : bytesOf(PackageRecord.toJSON(record));
    budgetBytes -= content.kind === 'holdings' ? bytesOf(HoldingsStatement.toJSON(content.statement)) : 0;
    budgetBytes -= content.kind === 'writer' ? bytesOf(WriterStatement.toJSON(content.statement)) : 0;
    budgetBytes -= content.kind === 'heartbeat' ? bytesOf(Heartbeat.toJSON(content.statement)) : 0;
    if (!isFirst && budgetBytes < 0) break;
    if (record !== undefined) records.push(record);
    if (content.kind === 'profile') profiles.push(content.profile);
    if (content.kind === 'retirement') retirements.push(content.retirement);
    if (content.kind === 'holdings' || content.kind === 'writer' || content.kind === 'heartbeat') statements.push(content);
    taken += 1;
  }
  if (taken === candidates.length) await told.end();
  // A record may be newer than the index: what this server says of it is to be there before anybody reads it.
  await ownWriter.cover(records);
  const writers = await writersOf(feedStore, records, place.position);
  const newer = new Set(writers.map(({ statement }) => statement.iss));
  const said: readonly Told[] = [
    ...writers,
    ...statements.filter(({ kind, statement }) => kind !== 'writer' || !newer.has(statement.iss)),
  ];
  const end = candidates[taken - 1]?.position ?? place.position;
  const more = taken < entries.length;
  return {
    feedId: feed.feedId,
    epoch: feed.epochs.at(-1)?.id ?? '',
    restored: place.restored,
    records,
    profiles: await withSigners(feedStore, profiles, namedBy(said, retirements)),
    retirements,
    statements: said.map((one) => asTold(one, scheduler.now().getTime())),
    next: formatCursor({ ...feed, position: end }),
    more,
    left: more ? await feedStore.countAfter(end) : 0,
  };
}

/** All but what the reader says of itself that it runs. */
function forReader(entries: readonly FeedEntry[], { peerIss }: ReadChanges): readonly FeedEntry[] {
  return entries.filter(({ content }) => content.kind !== 'heartbeat' || content.statement.iss !== peerIss);
}

/** Servers whose holdings or changes are told of, which were retired, and which said so: to be known to the reader. */
function namedBy(statements: readonly Statement[], retirements: readonly SignedRetirement[]): ReadonlySet<string> {
  const signers = statements.filter(({ kind }) => kind !== 'heartbeat').map(({ statement }) => statement.iss);
  return new Set([...signers, ...retirements.flatMap(({ iss, byIss }) => [iss, byIss])]);
}

/**
 * How far the servers have written that the records name, as far as the reader was not told that with an earlier page: ahead of the
 * changes that build on it, so that none is held back for want of it.
 */
async function writersOf(
  feed: Pick<FeedStore, 'writers'>,
  records: readonly PackageRecord[],
  after: bigint,
): Promise<readonly (Statement & { readonly kind: 'writer' })[]> {
  if (records.length === 0) return [];
  const named = new Set(records.flatMap((record) => [...serversOfRecord(record)]));
  const said = (await feed.writers([...named])).filter(({ position }) => position > after);
  return said.slice(0, mostWriters).map(({ statement }) => ({ kind: 'writer', statement }));
}

/** With the profiles of these servers, so that the reader can check what it is told of them: those stood earlier in the feed, or later. */
async function withSigners(
  feed: FeedStore,
  profiles: readonly SignedProfile[],
  named: ReadonlySet<string>,
): Promise<readonly SignedProfile[]> {
  const there = new Set(profiles.map(({ iss }) => iss));
  const missing = [...named].filter((iss) => !there.has(iss));
  return missing.length === 0 ? profiles : [...profiles, ...(await feed.profilesOf(missing))];
}

/** A statement, and when it was heard where that is to be told. */
type Told = Statement & { readonly heardAt?: Date };

/** A statement as it is told now: a heartbeat with how long ago it was heard. */
function asTold({ heardAt, ...one }: Told, nowMs: number): Statement {
  if (one.kind !== 'heartbeat' || heardAt === undefined) return one;
  return { ...one, statement: { ...one.statement, ageMs: BigInt(Math.max(0, nowMs - heardAt.getTime())) } };
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
