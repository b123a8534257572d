import { type ErrorCode, OdstError } from '@odst/kernel';
import { pause, systemTimers, type Timers } from './timers.ts';

/** How work is limited. */
export type WithinOptions = {
  /** Ends the wait early, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Of the error when the time is over. Default `COMMON_DEADLINE_EXCEEDED` */
  readonly code?: ErrorCode;
  readonly timers?: Timers;
};

/**
 * What the work gives, if it comes in time. Work that was given as a function gets a signal that aborts when its result is no
 * longer waited for, and is not begun when `options.signal` aborted before; a promise goes on by itself. How late work ends is of
 * no interest to anyone.
 * @param limitMs milliseconds
 * @param what names the work in the error, as in "asking for a lease"
 * @throws OdstError COMMON_DEADLINE_EXCEEDED, or `options.code`, when the time is over: "asking for a lease took longer than 500 ms"
 * @throws whatever the work throws, or the reason of `options.signal`
 */
export async function within<T>(
  limitMs: number,
  what: string,
  work: Promise<T> | ((signal: AbortSignal) => Promise<T>),
  { signal, code = 'COMMON_DEADLINE_EXCEEDED', timers = systemTimers }: WithinOptions = {},
): Promise<T> {
  // A promise goes on by itself, and nobody may wait for it any more.
  if (typeof work !== 'function') work.catch(() => undefined);
  signal?.throwIfAborted();
  const over = new AbortController();
  const late = new OdstError(code, `${what} took longer than ${limitMs} ms`);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  // Work may throw before anybody waits for it, and abort the signal first.
  ended.catch(() => undefined);
  const onAbort = (): void => {
    reject(signal?.reason);
    over.abort(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  using _timer = timers.after(limitMs, () => {
    reject(late);
    over.abort(late);
  });
  try {
    return await Promise.race([typeof work === 'function' ? work(over.signal) : work, ended]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * Whether a promise settles in time. A rejection counts as settled, and is left to whoever awaits the promise itself.
 * @param limitMs milliseconds
 */
export async function settlesWithin(limitMs: number, work: Promise<unknown>, timers: Timers = systemTimers): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  const done = new AbortController();
  const late = pause(limitMs, done.signal, timers).then(() => false);
  try {
    return await Promise.race([settled, late]);
  } finally {
    done.abort();
  }
}
