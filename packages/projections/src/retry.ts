import { createBackoff, pause } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { ProjectionFailure } from './projection-runner.ts';

/** Failures in a row from which on they are errors in the log: after 2 or 3 s. */
const seriousAttempts = 6;

/** How a runner behaves while its projection fails. */
export interface Retry {
  failure(): ProjectionFailure | undefined;
  /** Whether the event at a position is one of several that failed together: they are to be tried one by one. */
  isDoubtful(position: bigint): boolean;
  /**
   * Logs, and resolves when it is time for the next try, or at once when the runner stops.
   * @param first position of the event that failed, or of the first of several
   * @param last position of the last of them, or where it would be
   */
  failed(error: unknown, first: bigint, last: bigint): Promise<void>;
  /** All up to a position is applied, or is not there: a failure there is over. */
  passed(position: bigint): void;
}

/** Builds the retries of a runner: after 100 ms, doubled up to 5 s, for ever. */
export function createRetry(logger: Logger, stopped: AbortSignal): Retry {
  let failure: ProjectionFailure | undefined;
  let doubtfulTo = 0n;
  const backoff = createBackoff();
  return {
    failure: () => failure,
    isDoubtful: (position) => position <= doubtfulTo,
    async failed(error, position, last) {
      if (last > doubtfulTo) doubtfulTo = last;
      const retryMs = backoff.nextMs();
      const attempts = backoff.failures;
      failure = { position, attempts, error };
      // A database that restarts is nobody's defect; what fails for longer is worth an admin's look.
      const level = attempts < seriousAttempts ? 'warn' : 'error';
      logger[level]({ err: error, position: String(position), attempts, retryMs }, 'a projection failed and will try again');
      await pause(retryMs, stopped);
    },
    passed(position) {
      if (failure === undefined || position < failure.position) return;
      logger.info({ position: String(failure.position) }, 'a projection goes on');
      failure = undefined;
      backoff.reset();
    },
  };
}
