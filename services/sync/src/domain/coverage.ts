import type { HoldingsStatement } from '@odst/contracts/sync';
import { admits, type Stage, stages } from '@odst/kernel';
import { entryDigest, heldAmong, heldSince, holdingsSubject, isHeard, shardOf } from './holdings.ts';

/** A content in a stage. */
export type CoveredHead = { readonly stage: Stage; readonly sha256: string };

/** A server that is known here. */
export type Site = {
  readonly iss: string;
  readonly name: string;
  readonly stage: Stage;
  /** When it was heard of last; undefined for never. */
  readonly heardAt: Date | undefined;
  /** Whether nothing of what it signs is taken here. */
  readonly blocked: boolean;
};

/** How it goes with a content that this server is to fetch. */
export type OwnProgress =
  | { readonly state: 'downloading' | 'waiting'; readonly reason: string }
  | { readonly state: 'retrying'; readonly reason: string; readonly nextTryAt: Date };

/** Statements by {@link holdingsSubject}. */
export type Statements = ReadonlyMap<string, HoldingsStatement>;

/** What coverage is told from. */
export type Known = {
  /** This server. It hears of itself. */
  readonly ownIss: string;
  /** Those that count, this server included. */
  readonly sites: readonly Site[];
  readonly statements: Statements;
  readonly now: Date;
};

/** How it is with a content at a server. */
export type SiteCoverage = Site & {
  /**
   * `unknown`: it was not heard of lately, whatever it said before. `waiting`: it was, and does not say that it holds the content.
   * `withheld`: it is not to hold it.
   */
  readonly state: 'verified' | 'waiting' | 'unknown' | 'withheld' | OwnProgress['state'];
  /** `verified`: since when, by its clock. `unknown`: when it was heard of last. */
  readonly since: Date | undefined;
  /** Empty where there is nothing to say. */
  readonly reason: string;
  readonly nextTryAt: Date | undefined;
};

/** Who holds a head. */
export type HeadCoverage = {
  readonly head: CoveredHead;
  readonly held: number;
  readonly of: number;
  /** Those that are to hold it, this server first, the others by name; then those that are not. */
  readonly sites: readonly SiteCoverage[];
};

/** How many hold a head. */
export type HeadCount = {
  readonly held: number;
  readonly unknown: number;
  readonly of: number;
  /** Those of the servers that were heard of and lack it: bits in the order of the servers, without the zeros at the end. */
  readonly lackers: Uint8Array;
};

/** How many heads a server holds. */
export type SiteCount = Site & { readonly isHeard: boolean; readonly held: number; readonly of: number };

/**
 * Who holds a head, by what each server said of itself.
 * @param progressOf how it goes here with a content that this server does not hold; undefined for nothing
 * @param others heads of the same package: one with the same content may be the one that a server is to hold
 */
export function coverageOf(
  head: CoveredHead,
  known: Known,
  progressOf: (sha256: string) => OwnProgress | undefined,
  others: readonly CoveredHead[] = [],
): HeadCoverage {
  const [admitting, without] = [sitesInOrder(known).filter((site) => isToHold(site, head)), sitesInOrder(known)];
  const sites = admitting.map((site) => siteCoverage(head, site, known, progressOf));
  const withheld = without.flatMap((site) => (isToHold(site, head) ? [] : [withheldAt(site, head, known, others)]));
  const held = sites.filter(({ state }) => state === 'verified').length;
  return { head, held, of: sites.length, sites: [...sites, ...withheld] };
}

/** Whether a server counts among those that are to hold a head. */
function isToHold({ stage, blocked }: Site, head: CoveredHead): boolean {
  return !blocked && admits(stage, head.stage);
}

function withheldAt(site: Site, head: CoveredHead, { statements }: Known, others: readonly CoveredHead[]): SiteCoverage {
  const nothing = { ...site, state: 'withheld', since: undefined, nextTryAt: undefined } as const;
  if (site.blocked) return { ...nothing, reason: 'blocked here' };
  const elsewhere = others.find(({ sha256, stage }) => sha256 === head.sha256 && admits(site.stage, stage));
  const serves = `serves ${stages.filter((stage) => admits(site.stage, stage)).join(' and ')}`;
  if (elsewhere !== undefined) return { ...nothing, reason: `${serves}: see ${elsewhere.stage}, which has the same` };
  const sinceMs = statedSince(head.sha256, site, statements);
  const anyway = sinceMs === undefined ? '' : '; it said that it has the bytes all the same';
  return { ...nothing, reason: `${serves}, and this is in ${head.stage} only${anyway}` };
}

/** Which of some contents of a shard the servers say that they hold. */
export type ShardHeld = {
  /** The contents, by their places. */
  readonly places: ReadonlyMap<string, number>;
  /** A byte for each place, 1 where it is held, by server; without those that say nothing of the shard. */
  readonly held: ReadonlyMap<string, Uint8Array>;
};

/**
 * Which of some contents servers say that they hold. With 10,000 contents and 150 servers these are 1.5 million questions: those of a shard
 * are put to each statement of it together.
 * @param statements of these contents' shard
 */
export function heldIn(statements: Iterable<HoldingsStatement>, contents: Iterable<string>): ShardHeld {
  const asked = [...new Set(contents)].sort();
  const digests = asked.map(entryDigest);
  const held = new Map<string, Uint8Array>();
  for (const statement of statements) held.set(statement.iss, heldAmong(statement, digests));
  return { places: new Map(asked.map((sha256, place) => [sha256, place])), held };
}

/**
 * Counts of heads, in their order, and of all servers.
 * @param heldBy by shard; default what the statements say
 */
export function countCoverage(
  heads: readonly CoveredHead[],
  known: Known,
  heldBy: ReadonlyMap<number, ShardHeld> = heldByShard(heads, known.statements),
): { readonly heads: readonly HeadCount[]; readonly sites: readonly SiteCount[] } {
  const counted = sitesInOrder(known).filter(({ blocked }) => !blocked);
  const sites = counted.map((site) => ({ ...site, isHeard: isKnownAlive(site, known), held: 0, of: 0 }));
  const counts = heads.map(({ stage, sha256 }) => {
    const place = heldBy.get(shardOf(sha256))?.places.get(sha256) ?? -1;
    return { sha256, place, rank: stages.indexOf(stage), ...noneHeld, lackers: new Uint8Array(Math.ceil(sites.length / 8)) };
  });
  for (const [shard, asked] of Map.groupBy(counts, ({ sha256 }) => shardOf(sha256)))
    for (const [bit, site] of sites.entries()) countSite(site, bit, asked, heldBy.get(shard)?.held.get(site.iss));
  return {
    heads: counts.map(({ held, unknown, of, lackers }) => ({ held, unknown, of, lackers: withoutZeros(lackers) })),
    sites,
  };
}

function heldByShard(heads: readonly CoveredHead[], statements: Statements): ReadonlyMap<number, ShardHeld> {
  const said = Map.groupBy(statements.values(), ({ shard }) => shard);
  const asked = Map.groupBy(heads, ({ sha256 }) => shardOf(sha256));
  return new Map(
    [...asked].map(([shard, some]) => [
      shard,
      heldIn(
        said.get(shard) ?? [],
        some.map(({ sha256 }) => sha256),
      ),
    ]),
  );
}

const noneHeld = { held: 0, unknown: 0, of: 0 };

type Tally = {
  held: number;
  unknown: number;
  of: number;
  readonly place: number;
  readonly rank: number;
  readonly lackers: Uint8Array;
};

/**
 * Counts a server for heads, and these for it.
 * @param place its bit among those that lack a head
 * @param held 1 at the place of each head that it says it holds; undefined where it says nothing
 */
function countSite(
  site: Pick<SiteCount, 'stage' | 'isHeard'> & { held: number; of: number },
  place: number,
  heads: readonly Tally[],
  held: Uint8Array | undefined,
): void {
  const takes = stages.map((stage) => admits(site.stage, stage));
  const [byte, bit] = [place >> 3, 1 << (place & 7)];
  for (const head of heads) {
    if (takes[head.rank] !== true) continue;
    site.of += 1;
    head.of += 1;
    if (!site.isHeard) head.unknown += 1;
    else if (held?.[head.place] === 1) {
      site.held += 1;
      head.held += 1;
    } else head.lackers[byte] = (head.lackers[byte] ?? 0) | bit;
  }
}

/** Bits without the zero bytes at the end. */
function withoutZeros(bits: Uint8Array): Uint8Array {
  return bits.slice(0, bits.findLastIndex((byte) => byte !== 0) + 1);
}

function siteCoverage(
  { sha256 }: CoveredHead,
  site: Site,
  known: Known,
  progressOf: (sha256: string) => OwnProgress | undefined,
): SiteCoverage {
  const nothing = { ...site, since: undefined, reason: '', nextTryAt: undefined };
  if (!isKnownAlive(site, known)) {
    const reason = site.heardAt === undefined ? 'never heard of' : `not heard since ${site.heardAt.toISOString()}`;
    return { ...nothing, state: 'unknown', since: site.heardAt, reason };
  }
  const sinceMs = statedSince(sha256, site, known.statements);
  if (sinceMs !== undefined) return { ...nothing, state: 'verified', since: new Date(sinceMs) };
  if (site.iss !== known.ownIss) return { ...nothing, state: 'waiting', reason: 'it runs, and has not said that it holds this' };
  return { ...nothing, ...(progressOf(sha256) ?? notUnderWay) };
}

/** As right after the bytes came, or where the file is lost. */
const notUnderWay = { state: 'waiting', reason: 'it is not being fetched, and was not found verified on the disk' } as const;

/** Whether a server was heard of lately. This one always is. */
export function isKnownAlive({ iss, heardAt }: Site, { ownIss, now }: Known): boolean {
  return iss === ownIss || isHeard(heardAt, now.getTime());
}

/** Since when a server holds a content, by what it said last; undefined where it does not say so. */
export function statedSince(sha256: string, { iss }: Site, statements: Statements): number | undefined {
  const statement = statements.get(holdingsSubject(iss, shardOf(sha256)));
  return statement === undefined ? undefined : heldSince(statement, sha256);
}

/** This server first, the others by name. */
export function sitesInOrder({ sites, ownIss }: Known): readonly Site[] {
  return sites.toSorted(
    (one, other) =>
      Number(other.iss === ownIss) - Number(one.iss === ownIss) || compare(one.name, other.name) || compare(one.iss, other.iss),
  );
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
