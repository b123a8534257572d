import { pause } from '@odst/async';
import type { PackageRecord } from '@odst/contracts/catalog';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type Comparison, comparisonOf, type Difference, prefixOf, rangeOf } from '../domain/comparison.ts';
import { type HeldChange, plainText } from '../domain/held-change.ts';
import { digestPages, mostRecords, ownRanges } from './answer-digests.ts';
import type { PeerDigests, RecordsAnswer } from './comparison-ports.ts';
import type { Catalog, Scheduler } from './ports.ts';

/** Packages of a peer that are compared one by one at most: more are compared by the next comparison. */
const mostDiffering = 100_000;

/** What was told a moment ago comes by the feed: it is no difference. */
const settleMs = 2_000;

/** What a comparison needs. */
export type CompareDeps = {
  readonly servers: PeerDigests;
  readonly catalog: Pick<Catalog, 'records' | 'recordDigests'>;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Has this server's feed tell what it has. */
  readonly mendFeed: (signal: AbortSignal) => Promise<void>;
};

/** What the reader of the peer does for a comparison. */
export type ReaderPart = {
  /** Reads the peer's feed to its end. @param signal gives it up between two pages */
  readonly catchUp: (signal: AbortSignal) => Promise<void>;
  /** Takes in records by the way of all records. @returns what is held back of them */
  readonly take: (answer: RecordsAnswer) => Promise<readonly HeldChange[]>;
};

/** The digests of a package here and there; undefined for none. */
type Pair = { readonly ours: string | undefined; readonly theirs: string | undefined };

/** What became of a package, and whether this server got something by it. */
type Repair = Difference & { readonly isRepaired: boolean };

/**
 * Compares the packages of this server with those of a peer, and takes in what it lacks. What comes by the feed meanwhile is no
 * difference: only what differs in the same way once more, after that was read, is. One pass over what differs: what differs still is
 * told, and looked at again by the next comparison.
 * @throws OdstError SYNC_PEER_FAILED; others when this server's own services fail
 */
export async function compareWithPeer(
  deps: CompareDeps,
  peerIss: string,
  reader: ReaderPart,
  signal: AbortSignal,
): Promise<Comparison> {
  const { scheduler } = deps;
  await deps.mendFeed(signal);
  const first = await differing(deps, peerIss, signal);
  let { packages } = first;
  const repairs: Repair[] = [];
  if (first.pairs.size > 0) {
    await pause(settleMs, signal, scheduler);
    signal.throwIfAborted();
    await reader.catchUp(signal);
    const second = await differing(deps, peerIss, signal);
    ({ packages } = second);
    const pairs = [...second.pairs].filter(([uuid, { theirs }]) => {
      const before = first.pairs.get(uuid);
      return before !== undefined && before.theirs === theirs;
    });
    const uuids = pairs.map(([uuid]) => uuid);
    for (let from = 0; from < uuids.length; from += mostRecords) {
      repairs.push(
        ...(await repair(deps, peerIss, reader, { uuids: uuids.slice(from, from + mostRecords), pairs: second.pairs }, signal)),
      );
    }
  }
  const repaired = repairs.filter(({ isRepaired }) => isRepaired).length;
  return comparisonOf({ packages, repaired, comparedAt: scheduler.now() }, repairs);
}

/** The packages that differ now. */
async function differing({ servers, catalog }: CompareDeps, peerIss: string, signal: AbortSignal) {
  const { ranges } = await ownRanges(catalog, signal);
  const { differing: found, packages } = await servers.compareRanges(peerIss, ranges, signal);
  const pairs = new Map<string, Pair>();
  if (found.length === 0) return { pairs, packages };
  for (const range of found) {
    for await (const digests of digestPages(catalog, prefixOf(range), signal)) {
      for (const { uuid, digest } of digests) pairs.set(uuid, { ours: digest, theirs: undefined });
    }
  }
  for (let after = '', listed = 0; ; ) {
    const { digests, next } = await servers.listDigests(peerIss, { ranges: found, after }, signal);
    for (const { uuid, digest } of digests) {
      if (uuid <= after || !found.includes(rangeOf(uuid))) throw nonsense('its list of packages is out of order');
      after = uuid;
      const { ours } = pairs.get(uuid) ?? {};
      if (ours === digest) pairs.delete(uuid);
      else pairs.set(uuid, { ours, theirs: digest });
    }
    listed += digests.length;
    if (next === '') return { pairs, packages };
    if (listed >= mostDiffering) {
      for (const uuid of pairs.keys()) if (uuid > after) pairs.delete(uuid);
      return { pairs, packages };
    }
    if (next !== after || digests.length === 0) throw nonsense('its list of packages does not go on');
  }
}

/**
 * Takes in what the peer has of some packages, and says what became of each that differed. Of an answer nothing is kept once the next one
 * is asked for: a peer may answer each package by itself, and at length.
 */
async function repair(
  deps: CompareDeps,
  peerIss: string,
  reader: ReaderPart,
  { uuids, pairs }: { readonly uuids: readonly string[]; readonly pairs: Pairs },
  signal: AbortSignal,
): Promise<readonly Repair[]> {
  const isThere = (uuid: string) => pairs.get(uuid)?.theirs !== undefined;
  const lacking = uuids.filter((uuid) => !isThere(uuid));
  const repairs: Repair[] =
    lacking.length === 0 ? [] : [...(await judge(deps, { uuids: lacking, pairs, told: [], held: [] }, signal))];
  let missing = uuids.filter(isThere);
  while (missing.length > 0) {
    const answer = await deps.servers.readRecords(peerIss, missing, signal);
    const asked = new Set(missing);
    const records = answer.records.filter(({ uuid }) => asked.has(uuid));
    const malformed = answer.malformed.filter(({ uuid }) => asked.has(uuid));
    const held = await reader.take({ ...answer, records, malformed });
    repairs.push(...(await judge(deps, { uuids: missing.slice(0, answer.taken), pairs, told: records, held }, signal)));
    missing = missing.slice(answer.taken);
  }
  return repairs;
}

type Pairs = ReadonlyMap<string, Pair>;

/** Packages after what the peer told of them was offered. */
type Offered = {
  readonly uuids: readonly string[];
  readonly pairs: Pairs;
  readonly told: readonly PackageRecord[];
  readonly held: readonly HeldChange[];
};

async function judge({ catalog }: CompareDeps, { uuids, pairs, told, held }: Offered, signal: AbortSignal) {
  const there = new Map(told.map((record) => [record.uuid, record]));
  const because = new Map(held.map((change) => [change.packageUuid, change]));
  const digests = await catalog.recordDigests({ prefix: '', after: '', limit: mostRecords, uuids }, signal);
  const now = new Map(digests.map((one) => [one.uuid, one.digest]));
  const here = new Map<string, { readonly filename: string; readonly hasMore: boolean }>();
  for await (const record of catalog.records(uuids, signal)) {
    const other = there.get(record.uuid);
    here.set(record.uuid, { filename: record.filename, hasMore: other !== undefined && hasMore(record, other) });
  }
  return uuids.map((uuid): Repair => {
    const { ours, theirs } = pairs.get(uuid) ?? { ours: undefined, theirs: undefined };
    const filename = plainText(here.get(uuid)?.filename ?? there.get(uuid)?.filename ?? '', 255);
    const isRepaired = now.get(uuid) !== ours;
    const reason = because.get(uuid)?.reason;
    if (now.get(uuid) === theirs)
      return { filename, isRepaired, outcome: 'repaired', reason: 'this server lacked what it has now' };
    if (reason !== undefined) return { filename, isRepaired, outcome: 'heldBack', reason };
    if (theirs === undefined || here.get(uuid)?.hasMore === true) {
      return { filename, isRepaired, outcome: 'lacking', reason: 'the peer lacks what this server has' };
    }
    return { filename, isRepaired, outcome: 'unexplained', reason: unexplained(there.has(uuid)) };
  });
}

function unexplained(isTold: boolean): string {
  return isTold
    ? 'its digest there is not that of the record that the peer gives'
    : 'the peer tells a digest of it, and gives no record';
}

/** Whether a record has a change that the other one has not. */
function hasMore(one: PackageRecord, other: PackageRecord): boolean {
  const known = new Set(other.changes.map(({ iss, epoch, stamp }) => `${iss}.${epoch} ${stamp}`));
  return one.changes.some(({ iss, epoch, stamp }) => !known.has(`${iss}.${epoch} ${stamp}`));
}

function nonsense(reason: string): OdstError {
  return new OdstError('SYNC_PEER_FAILED', `the peer answered a comparison with nonsense: ${reason}`);
}
