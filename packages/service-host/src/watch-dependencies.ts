import { startPeriodic, within } from '@odst/async';
import type { Readiness } from './readiness.ts';

/** Asks one dependency for something cheap; rejects when it cannot be used. @param signal aborted when the answer is no longer awaited */
export type DependencyCheck = (signal: AbortSignal) => Promise<unknown>;

/** Of {@link watchDependencies}. */
export type WatchOptions = {
  /** Where the outcome is told, under the dependency's name. */
  readonly readiness: Pick<Readiness, 'set'>;
  readonly checks: Readonly<Record<string, DependencyCheck>>;
  /** Those without which the process serves all the same, and what is said of it then. They are never failed. Default none */
  readonly dispensable?: Readonly<Record<string, { readonly check: DependencyCheck; readonly whileAway: string }>>;
  /** Pause between two checks of one dependency, in milliseconds. Default 5000 */
  readonly intervalMs?: number;
  /** Time after which a dependency that does not answer counts as failed, in milliseconds. Default 3000 */
  readonly timeoutMs?: number;
};

/** A watch over dependencies. */
export interface DependencyWatch extends AsyncDisposable {
  /** Resolves when each was asked once, whatever came of it. */
  readonly asked: Promise<void>;
}

/**
 * Keeps readiness at the present state of what a process depends on: each dependency is asked again and again, on its
 * own, so that one that hangs delays no other. Until its first answer it counts as failed. Disposing ends it.
 */
export function watchDependencies(options: WatchOptions): DependencyWatch {
  const { readiness, checks, dispensable = {}, intervalMs = 5_000, timeoutMs = 3_000 } = options;

  const failed = (name: string, reason: string): void => {
    const whileAway = dispensable[name]?.whileAway;
    readiness.set(name, whileAway !== undefined, whileAway ?? reason);
  };
  const checkOnce = async (name: string, check: DependencyCheck, stopping: AbortSignal): Promise<void> => {
    try {
      await within(timeoutMs, 'an answer', check, { signal: stopping });
      if (!stopping.aborted) readiness.set(name, true);
    } catch (error) {
      if (!stopping.aborted) failed(name, reasonOf(error));
    }
  };
  const watch = (name: string, check: DependencyCheck) => {
    const asked = Promise.withResolvers<void>();
    const run = async (stopping: AbortSignal): Promise<void> => {
      await checkOnce(name, check, stopping);
      asked.resolve();
    };
    // What a check throws is an answer, not a failure of the watch.
    return { asked: asked.promise, work: startPeriodic({ name: `asking ${name}`, intervalMs, run, onError: () => undefined }) };
  };

  for (const name of Object.keys(checks)) readiness.set(name, false, 'not asked yet');
  for (const name of Object.keys(dispensable)) readiness.set(name, true, 'not asked yet');
  const all = [...Object.entries(checks), ...Object.entries(dispensable).map(([name, { check }]) => [name, check] as const)];
  const watches = all.map(([name, check]) => watch(name, check));
  return {
    asked: Promise.all(watches.map(({ asked }) => asked)).then(() => undefined),
    async [Symbol.asyncDispose]() {
      await Promise.all(watches.map(({ work }) => work[Symbol.asyncDispose]()));
    },
  };
}

/** One line: readiness is shown with a line per dependency. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}
