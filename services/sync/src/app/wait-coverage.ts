import { createAutoResetEvent } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { CoveredHead, HeadCoverage } from '../domain/coverage.ts';
import { type GoalState, goalOf, goalState } from '../domain/coverage-goal.ts';
import { type Coverage, knownSites, type SitesDeps } from './coverage.ts';
import type { CoverageNews } from './coverage-news.ts';

/** Longest wait. */
const longestCoverageWaitMs = 600_000;

/** What waiting needs. */
export type WaitCoverageDeps = SitesDeps & { readonly coverage: Pick<Coverage, 'of'>; readonly news: CoverageNews };

/** What is waited for, and how long: 0 to 600,000 ms. */
export type CoverageWait = { readonly heads: readonly CoveredHead[]; readonly goal: string; readonly waitMs: number };

/** What came of a wait. */
export type WaitedCoverage = Pick<GoalState, 'missing'> & {
  readonly heads: readonly HeadCoverage[];
  /** Whether the goal is reached. */
  readonly complete: boolean;
};

/**
 * Waits until servers hold heads, by what they said. It looks when something was said, and at the end; what no known server can fulfil is
 * not waited for.
 * @throws OdstError COMMON_REQUEST_INVALID where the goal names nobody, for too many heads and a longer wait
 */
export async function waitCoverage(
  deps: WaitCoverageDeps,
  { heads, goal: text, waitMs }: CoverageWait,
  signal: AbortSignal,
): Promise<WaitedCoverage> {
  const { coverage, news, scheduler } = deps;
  if (!(waitMs >= 0 && waitMs <= longestCoverageWaitMs)) {
    throw new OdstError('COMMON_REQUEST_INVALID', `a wait is 0 to ${longestCoverageWaitMs / 1_000} s`, {
      pointer: '/waitSeconds',
    });
  }
  const goal = goalOf(text, await knownSites(deps));
  const endsAtMs = scheduler.now().getTime() + waitMs;
  const told = createAutoResetEvent(scheduler);
  using _listening = news.onTold(() => told.set());
  for (;;) {
    const covered = await coverage.of(heads);
    const { isReached, isPossible, missing } = goalState(goal, covered);
    const leftMs = endsAtMs - scheduler.now().getTime();
    if (isReached || !isPossible || leftMs <= 0 || signal.aborted) return { heads: covered, complete: isReached, missing };
    await told.wait(signal, leftMs);
  }
}

/** @throws OdstError COMMON_REQUEST_INVALID where a goal names nobody */
export async function checkGoal(deps: SitesDeps, goal: string): Promise<void> {
  goalOf(goal, await knownSites(deps));
}
