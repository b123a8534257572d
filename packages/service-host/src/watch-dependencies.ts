import { setTimeout as delay } from 'node:timers/promises';
import type { Readiness } from './readiness.ts';

/** Asks one dependency for something cheap; rejects when it cannot be used. @param signal aborted when the answer is no longer awaited */
export type DependencyCheck = (signal: AbortSignal) => Promise<unknown>;

/** Of {@link watchDependencies}. */
export type WatchOptions = {
  /** Where the outcome is told, under the dependency's name. */
  readonly readiness: Pick<Readiness, 'set'>;
  readonly checks: Readonly<Record<string, DependencyCheck>>;
  /** Pause between two checks of one dependency, in milliseconds. Default 2000 */
  readonly intervalMs?: number;
  /** Time after which a dependency that does not answer counts as failed, in milliseconds. Default 3000 */
  readonly timeoutMs?: number;
};

/**
 * Keeps readiness at the present state of what a process depends on: each dependency is asked again and again, on its
 * own, so that one that hangs delays no other. Until its first answer it counts as failed. Disposing ends it.
 */
export function watchDependencies(options: WatchOptions): AsyncDisposable {
  const { readiness, checks, intervalMs = 2_000, timeoutMs = 3_000 } = options;
  const stopping = new AbortController();

  const checkOnce = async (name: string, check: DependencyCheck): Promise<void> => {
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, stopping.signal]);
    const limit = delay(timeoutMs, undefined, { signal }).then(() => {
      throw new Error(`no answer within ${timeoutMs} ms`);
    });
    try {
      await Promise.race([check(signal), limit]);
      if (!stopping.signal.aborted) readiness.set(name, true);
    } catch (error) {
      if (!stopping.signal.aborted) readiness.set(name, false, reasonOf(error));
    } finally {
      late.abort();
      limit.catch(() => undefined);
    }
  };
  const watch = async (name: string, check: DependencyCheck): Promise<void> => {
    while (!stopping.signal.aborted) {
      await checkOnce(name, check);
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  for (const name of Object.keys(checks)) readiness.set(name, false, 'not asked yet');
  const watching = Object.entries(checks).map(([name, check]) => watch(name, check));
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(watching);
    },
  };
}

/** One line: readiness is shown with a line per dependency. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}
