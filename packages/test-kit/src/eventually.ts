import { setTimeout as delay } from 'node:timers/promises';

/** What a condition answers while it does not hold yet. */
type NotYet = false | undefined | null;

/**
 * Polls until `condition` gives something other than false, undefined or null, and returns that.
 * A condition that throws does not hold yet, so assertions may stand in it (then end it with `return true`).
 * @param timeoutMs default 30,000, for machines that are slow and noisy: it costs only who fails. Also ends a condition that hangs
 * @throws Error with the last error as cause, or with the last value in the message, when the time is over
 */
export async function eventually<T>(condition: () => T | NotYet | Promise<T | NotYet>, timeoutMs = 30_000): Promise<T> {
  const startedAt = performance.now();
  const called = new Error(`the condition did not hold within ${timeoutMs} ms`);
  const abort = new AbortController();
  const timeOver = delay(timeoutMs, 'time over' as const, { signal: abort.signal });
  let last = 'it never answered';
  let cause: unknown;
  try {
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 100)) {
      const attempt = (async () => condition())().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      const outcome = await Promise.race([attempt, timeOver]);
      if (outcome === 'time over') break;
      if ('error' in outcome) {
        cause = outcome.error;
        last = `it threw ${String(cause)}`;
      } else if (outcome.value === false || outcome.value === undefined || outcome.value === null) {
        cause = undefined;
        last = `it answered ${String(outcome.value)}`;
      } else {
        return outcome.value;
      }
      if (performance.now() - startedAt + pauseMs > timeoutMs) break;
      await delay(pauseMs);
    }
  } finally {
    abort.abort();
    timeOver.catch(() => undefined);
  }
  called.message += `; ${last}`;
  if (cause !== undefined) called.cause = cause;
  throw called;
}
