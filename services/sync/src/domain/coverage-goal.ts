import { OdstError } from '@odst/kernel';
import type { Known } from './coverage.ts';
import { type HeadCoverage, type SiteCoverage, sitesInOrder } from './coverage.ts';

/** Who is to hold heads: all that are to, as many of them, or one. */
export type CoverageGoal =
  | { readonly kind: 'all' }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'site'; readonly iss: string };

/** How it stands with a goal. */
export type GoalState = {
  /** Whether it is reached for every head. */
  readonly isReached: boolean;
  /** Whether it can be, by what the servers are that are known now. */
  readonly isPossible: boolean;
  /** Servers that were waited for and do not hold a head, once each. */
  readonly missing: readonly SiteCoverage[];
};

/** Reads a goal: `all`, a number from 1, or the name or iss of a known server. @throws OdstError COMMON_REQUEST_INVALID */
export function goalOf(text: string, known: Pick<Known, 'ownIss' | 'sites' | 'now'>): CoverageGoal {
  if (text === 'all') return { kind: 'all' };
  if (/^[1-9]\d{0,3}$/.test(text)) return { kind: 'count', count: Number(text) };
  const sites = sitesInOrder({ ...known, statements: new Map() });
  const found = sites.filter(({ iss, name }) => iss === text || name === text);
  const [site, another] = found;
  if (site === undefined) throw invalid(`there is no server ${text}: wait is all, a number, or the name or ISS ID of a server`);
  if (another !== undefined) throw invalid(`several servers are named ${text}: give the ISS ID of one`);
  return { kind: 'site', iss: site.iss };
}

/** How it stands with a goal. */
export function goalState(goal: CoverageGoal, heads: readonly HeadCoverage[]): GoalState {
  // Nobody holds what there is not, and nobody will by waiting.
  if (heads.length === 0) return { isReached: false, isPossible: false, missing: [] };
  const counted = heads.map((head) => ({ ...head, sites: head.sites.filter(({ state }) => state !== 'withheld') }));
  const lacking = counted.map(({ sites }) => sites.filter(({ state }) => state !== 'verified'));
  switch (goal.kind) {
    case 'all':
      return { isReached: lacking.every((sites) => sites.length === 0), isPossible: true, missing: onceEach(lacking.flat()) };
    case 'count': {
      const isReached = counted.every(({ held }) => held >= goal.count);
      const isPossible = counted.every(({ of }) => of >= goal.count);
      return { isReached, isPossible, missing: isReached ? [] : onceEach(lacking.flat()) };
    }
    case 'site': {
      // What it is not to hold by its stage it is not asked for, where there is another head for it.
      const isPossible = counted.some(({ sites }) => sites.some(({ iss }) => iss === goal.iss));
      const missing = lacking.flat().filter(({ iss }) => iss === goal.iss);
      const withheld = heads.flatMap(({ sites }) => sites.filter(({ iss, state }) => iss === goal.iss && state === 'withheld'));
      const unable = isPossible ? [] : withheld;
      return { isReached: isPossible && missing.length === 0, isPossible, missing: onceEach([...missing, ...unable]) };
    }
  }
}

function onceEach(sites: readonly SiteCoverage[]): readonly SiteCoverage[] {
  return [...new Map(sites.toReversed().map((site) => [site.iss, site])).values()].toReversed();
}

function invalid(detail: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', detail, { pointer: '/wait' });
}
