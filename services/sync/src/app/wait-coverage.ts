import { createAutoResetEvent, createSemaphore, pause, type Semaphore } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { CoveredHead, HeadCoverage } from '../domain/coverage.ts';
import { type GoalState, goalOf, goalState } from '../domain/coverage-goal.ts';
import { shardOf } from '../domain/holdings.ts';
import { type Coverage, knownSites, type SitesDeps } from './coverage.ts';
import type { CoverageNews } from './coverage-news.ts';

/** Longest wait. */
const longestCoverageWaitMs = 600_000;

/** Looks of all waits at the same time, and waits. */
const [looksAtOnce, mostWaits] = [4, 1_000];

/** Between something that was said and a look. */
const gatherMs = 200;

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

/** Waits of all callers. */
export interface CoverageWaits {
  /**
   * Waits until servers hold heads, by what they said. It looks when something was said that may concern it, and at the end; what no known
   * server can fulfil is not waited for, nor is one more than 1,000 at the same time: what is known then is the answer.
   * @throws OdstError COMMON_REQUEST_INVALID where the goal names nobody, for too many heads and a longer wait
   */
  wait(wait: CoverageWait, signal: AbortSignal): Promise<WaitedCoverage>;
  /** @throws OdstError COMMON_REQUEST_INVALID where a goal names nobody */
  check(goal: string): Promise<void>;
}

/** Builds them. */
export function createCoverageWaits(deps: WaitCoverageDeps): CoverageWaits {
  const { coverage, news, scheduler } = deps;
  const looks = createSemaphore(looksAtOnce);
  let waiting = 0;
  return {
    async check(goal) {
      goalOf(goal, await knownSites(deps));
    },
    async wait({ heads, goal: text, waitMs }, signal) {
      checkWait(waitMs);
      const goal = goalOf(text, await knownSites(deps));
      const endsAtMs = scheduler.now().getTime() + waitMs;
      const told = createAutoResetEvent(scheduler);
      const own = new Set(heads.map(({ sha256 }) => shardOf(sha256)));
      using _listening = news.onTold((shards) => {
        if (shards.length === 0 || shards.some((shard) => own.has(shard))) told.set();
      });
      for (;;) {
        const covered = await lookAt(coverage, heads, looks);
        const { isReached, isPossible, missing } = goalState(goal, covered);
        const leftMs = endsAtMs - scheduler.now().getTime();
        const isOver = isReached || !isPossible || leftMs <= 0 || signal.aborted || waiting >= mostWaits;
        if (isOver) return { heads: covered, complete: isReached, missing };
        waiting += 1;
        await told.wait(signal, leftMs);
        // One that says much says it in several statements.
        await pause(Math.min(gatherMs, leftMs), signal, scheduler);
        waiting -= 1;
      }
    },
  };
}

async function lookAt(coverage: WaitCoverageDeps['coverage'], heads: CoverageWait['heads'], looks: Semaphore) {
  using _look = await looks.acquire();
  return await coverage.of(heads);
}

/** @throws OdstError COMMON_REQUEST_INVALID */
function checkWait(waitMs: number): void {
  if (waitMs >= 0 && waitMs <= longestCoverageWaitMs) return;
  const text = `a wait is 0 to ${longestCoverageWaitMs / 1_000} s`;
  throw new OdstError('COMMON_REQUEST_INVALID', text, { pointer: '/waitSeconds' });
}
