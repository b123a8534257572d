import { type BackoffLimits, backoffMs } from './backoff-ms.ts';

/** Counts failures in a row and says how long to wait after each. */
export interface Backoff {
  /** Failures since the beginning or the last `reset`. */
  readonly failures: number;
  /** Counts one more failure. @returns the pause before the next try, in milliseconds */
  nextMs(): number;
  /** The work succeeded: the next failure is the first again. */
  reset(): void;
}

/** Builds a backoff. @param options.random 0 ≤ number < 1 for each pause, passed in so that tests decide it; default `Math.random` */
export function createBackoff(options: BackoffLimits & { readonly random?: () => number } = {}): Backoff {
  const { random = Math.random } = options;
  let failures = 0;
  return {
    get failures() {
      return failures;
    },
    nextMs() {
      failures += 1;
      return backoffMs(failures, options, random());
    },
    reset() {
      failures = 0;
    },
  };
}
