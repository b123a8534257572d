import type { Logger } from '@odst/telemetry';

/** Failures in a row from which on it is an error: after some 3 s. */
const seriousFailures = 6;

/** What a delivery says of its failures: each as a warning, and once as an error that it stands. */
export interface FailureLog {
  /** @param part what fails apart from others: a key, or the whole of a topic */
  failed(part: string, fields: { readonly err: unknown; readonly [name: string]: unknown }, message: string): void;
  /** Did what failed before, if it did. */
  succeeded(part: string): void;
}

/** Builds the log of one delivery. */
export function createFailureLog(logger: Logger): FailureLog {
  const failures = new Map<string, number>();
  let stands = false;
  return {
    failed(part, fields, message) {
      const count = (failures.get(part) ?? 0) + 1;
      failures.set(part, count);
      // A service that restarts is nobody's defect. What is away fails with every key, and is told once.
      const isNews = count >= seriousFailures && !stands;
      if (isNews) stands = true;
      logger[isNews ? 'error' : 'warn'](
        { ...fields, failures: count },
        isNews ? `${message}; the consumer stands there` : message,
      );
    },
    succeeded(part) {
      if (!failures.delete(part) || !stands || [...failures.values()].some((count) => count >= seriousFailures)) return;
      stands = false;
      logger.info('a consumer that stood goes on');
    },
  };
}
