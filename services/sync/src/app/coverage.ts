import { OdstError } from '@odst/kernel';
import {
  type CoveredHead,
  countCoverage,
  coverageOf,
  type HeadCount,
  type HeadCoverage,
  type Known,
  type OwnProgress,
  type SiteCount,
} from '../domain/coverage.ts';
import { holdingsSubject, isHeard, shardOf } from '../domain/holdings.ts';
import type { SiteDirectory, StatementStore } from './holdings-ports.ts';
import type { Scheduler } from './ports.ts';

/** Most heads of one question with all servers, and of one with counts. */
const [mostHeads, mostCounted] = [100, 5_000];

/** Shards that are in memory at once when heads are counted. */
const shardsAtOnce = 16;

const nothing: HeadCount = { held: 0, unknown: 0, of: 0, lackers: new Uint8Array(0) };

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

/** Builds it. Nothing is remembered: an answer is what is known when it is given. */
export function createCoverage(deps: CoverageDeps): Coverage {
  const { statements, progressOf } = deps;
  return {
    async of(heads) {
      checkCount(heads, mostHeads);
      const known = { ...(await knownSites(deps)), statements: await statementsOf(statements, shardsOf(heads)) };
      return heads.map((head) => coverageOf(head, known, progressOf, heads));
    },
    async count(heads) {
      checkCount(heads, mostCounted);
      const sites = await knownSites(deps);
      const counts: HeadCount[] = [];
      const places = [...heads.entries()].toSorted(([, one], [, other]) => shardOf(one.sha256) - shardOf(other.sha256));
      const totals = new Map<string, { held: number; of: number }>();
      for (const shards of shardBatches(heads)) {
        const here = places.filter(([, { sha256 }]) => shards.includes(shardOf(sha256)));
        const some = countCoverage(
          here.map(([, head]) => head),
          { ...sites, statements: await statementsOf(statements, shards) },
        );
        for (const [index, [place]] of here.entries()) counts[place] = some.heads[index] ?? nothing;
        for (const { iss, held, of } of some.sites) {
          const total = totals.get(iss) ?? { held: 0, of: 0 };
          totals.set(iss, { held: total.held + held, of: total.of + of });
        }
      }
      const { sites: inOrder } = countCoverage([], { ...sites, statements: new Map() });
      return { heads: counts, sites: inOrder.map((site) => ({ ...site, ...totals.get(site.iss) })) };
    },
  };
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
