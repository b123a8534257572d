import { setTimeout as delay } from 'node:timers/promises';
import { OdstError } from '@odst/kernel';

/**
 * What the work gives, if it comes in time. The work itself goes on, and how it ends later is of no interest.
 * @param what names it in the error
 * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the time is over
 */
export async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const timeOver = delay(timeoutMs, undefined, { signal: done.signal }).then(() => {
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', `${what} took longer than ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([work, timeOver]);
  } finally {
    done.abort();
    timeOver.catch(() => undefined);
  }
}
