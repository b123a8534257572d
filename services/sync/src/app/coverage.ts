import { OdstError } from '@odst/kernel';
import {
  type CoveredHead,
  countCoverage,
  coverageOf,
  type HeadCount,
  type HeadCoverage,
  heldIn,
  type Known,
  type OwnProgress,
  type ShardHeld,
  type SiteCount,
} from '../domain/coverage.ts';
import { holdingsSubject, isHeard, shardOf } from '../domain/holdings.ts';
import type { SiteDirectory, StatementStore } from './holdings-ports.ts';
import type { Scheduler } from './ports.ts';

/** Most heads of one question with all servers, and of one with counts. */
const [mostHeads, mostCounted] = [100, 5_000];

/** Shards that are in memory at once when heads are counted. */
const shardsAtOnce = 16;

/** Contents of a shard of which it is remembered who holds them, and bytes of all that is remembered: what no longer is a head goes then. */
const [mostPlaces, mostRemembered] = [2_048, 33_554_432];

/** What is needed to know which servers count. */
export type SitesDeps = {
  readonly statements: StatementStore;
  readonly sites: Pick<SiteDirectory, 'ownIss' | 'listSites'>;
  readonly scheduler: Scheduler;
};

/** What answers need. */
export type CoverageDeps = SitesDeps & {
  /** How it goes with a content that this server is to fetch; undefined for nothing. */
  readonly progressOf: (sha256: string) => OwnProgress | undefined;
};

/** Which servers hold what, by what each of them said. Every method @throws OdstError COMMON_REQUEST_INVALID for too many heads. */
export interface Coverage {
  /** Heads in their order, each with every server that is to hold it. */
  of(heads: readonly CoveredHead[]): Promise<readonly HeadCoverage[]>;
  /** Counts of heads in their order, and of the servers over all of them. */
  count(heads: readonly CoveredHead[]): Promise<{ readonly heads: readonly HeadCount[]; readonly sites: readonly SiteCount[] }>;
}

/** Builds it. An answer is what is known when it is given. */
export function createCoverage(deps: CoverageDeps): Coverage {
  const { statements, progressOf } = deps;
  const remembered = rememberShards(statements);
  return {
    async of(heads) {
      checkCount(heads, mostHeads);
      const known = { ...(await knownSites(deps)), statements: await statementsOf(statements, shardsOf(heads)) };
      return heads.map((head) => coverageOf(head, known, progressOf, heads));
    },
    async count(heads) {
      checkCount(heads, mostCounted);
      const [sites, heldBy] = await Promise.all([knownSites(deps), remembered.heldBy(heads)]);
      return countCoverage(heads, { ...sites, statements: new Map() }, heldBy);
    },
  };
}

/** Who holds which contents, as of when it is asked for. */
interface RememberedShards {
  /** By shard. What was read before is read anew only where somebody has said something else of the shard since, or other contents are asked for. */
  heldBy(heads: readonly CoveredHead[]): Promise<ReadonlyMap<number, ShardHeld>>;
}

function rememberShards(statements: Pick<StatementStore, 'holdings' | 'holdingsVersions'>): RememberedShards {
  const remembered = new Map<number, ShardHeld & { readonly version: string }>();
  return {
    async heldBy(heads) {
      const asked = new Map<number, Set<string>>();
      for (const { sha256 } of heads) {
        const shard = shardOf(sha256);
        const some = asked.get(shard);
        if (some === undefined) asked.set(shard, new Set([sha256]));
        else some.add(sha256);
      }
      // Before what they stand for is read: what is said between the two is then read once more.
      const versions = await statements.holdingsVersions([...asked.keys()]);
      const answer = new Map<number, ShardHeld>();
      const unread: number[] = [];
      for (const [shard, contents] of asked) {
        const known = remembered.get(shard);
        const version = versions.get(shard);
        if (version === undefined) answer.set(shard, heldIn([], contents));
        else if (known?.version === version && [...contents].every((sha256) => known.places.has(sha256)))
          answer.set(shard, known);
        else unread.push(shard);
      }
      for (let from = 0; from < unread.length; from += shardsAtOnce) {
        const shards = unread.slice(from, from + shardsAtOnce);
        const said = Map.groupBy(await statements.holdings({ shards }), ({ shard }) => shard);
        for (const shard of shards) {
          const contents = asked.get(shard) ?? new Set<string>();
          const before = remembered.get(shard);
          const all = new Set([...contents, ...(before?.places.keys() ?? [])]);
          const held = heldIn(said.get(shard) ?? [], all.size > mostPlaces ? contents : all);
          answer.set(shard, held);
          remembered.set(shard, { ...held, version: versions.get(shard) ?? '' });
        }
        forgetTooMuch();
      }
      return answer;
    },
  };

  function forgetTooMuch(): void {
    let bytes = 0;
    for (const { places, held } of remembered.values()) bytes += places.size * held.size;
    if (bytes > mostRemembered) remembered.clear();
  }
}

/**
 * The servers that are told of: those that are known here and not retired. One that was a peer and is none any more is told of while it is
 * heard of, which is then over others, or where it is blocked.
 */
export async function knownSites({ statements, sites, scheduler }: SitesDeps): Promise<Omit<Known, 'statements'>> {
  const [ownIss, listed, heard] = await Promise.all([sites.ownIss(), sites.listSites(), statements.heard()]);
  const heardAt = new Map(heard.map((one) => [one.iss, one.heardAt]));
  const now = scheduler.now();
  const counting = listed.filter(
    ({ iss, relation, blocked }) => blocked || relation !== 'former' || isHeard(heardAt.get(iss), now.getTime()),
  );
  return {
    ownIss,
    sites: counting.map((site) => ({ ...site, heardAt: site.iss === ownIss ? now : heardAt.get(site.iss) })),
    now,
  };
}

/** What servers said of these shards. */
export async function statementsOf(
  statements: Pick<StatementStore, 'holdings'>,
  shards: readonly number[],
): Promise<Known['statements']> {
  const stated = shards.length === 0 ? [] : await statements.holdings({ shards });
  return new Map(stated.map((statement) => [holdingsSubject(statement.iss, statement.shard), statement]));
}

/** The shards of contents, as many at a time as may be in memory. */
export function* shardBatches(contents: readonly { readonly sha256: string }[]): Generator<readonly number[]> {
  const all = shardsOf(contents);
  for (let from = 0; from < all.length; from += shardsAtOnce) yield all.slice(from, from + shardsAtOnce);
}

function shardsOf(contents: readonly { readonly sha256: string }[]): readonly number[] {
  return [...new Set(contents.map(({ sha256 }) => shardOf(sha256)))].sort((one, other) => one - other);
}

function checkCount(heads: readonly CoveredHead[], most: number): void {
  if (heads.length <= most) return;
  throw new OdstError('COMMON_REQUEST_INVALID', `${heads.length} heads were asked for at once; ${most} are allowed`);
}
