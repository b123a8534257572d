/** The passing of time, as a port: code that waits through it can be tested in virtual time. */
export interface Timers {
  /**
   * Calls once.
   * @param delayMs milliseconds from now; 0 or less means the next turn of the event loop, `Infinity` never
   * @returns disposing it before the call prevents the call
   */
  after(delayMs: number, call: () => void): Disposable;
}

/** Node's timers fire at once when they are given more. */
const longestTimerMs = 2 ** 31 - 1;

/** The timers of this process. A pending one keeps the process alive. */
export const systemTimers: Timers = { after: (delayMs, call) => startTimer(delayMs, call, true) };

/** The timers of this process for work that is no reason to keep the process alive. */
export const backgroundTimers: Timers = { after: (delayMs, call) => startTimer(delayMs, call, false) };

function startTimer(delayMs: number, call: () => void, keepsAlive: boolean): Disposable {
  let timer: NodeJS.Timeout;
  const start = (leftMs: number): void => {
    const nextMs = Math.min(leftMs, longestTimerMs);
    timer = setTimeout(() => (nextMs < leftMs ? start(leftMs - nextMs) : call()), nextMs);
    if (!keepsAlive) timer.unref();
  };
  start(delayMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/**
 * Resolves after a time, or as soon as the signal aborts. An aborted pause is a pause that is over: it never rejects, and loops
 * look at their signal next.
 * @param ms milliseconds
 */
export async function pause(ms: number, signal?: AbortSignal, timers: Timers = systemTimers): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  using _timer = timers.after(ms, end);
  signal?.addEventListener('abort', end, { once: true });
  await promise;
  signal?.removeEventListener('abort', end);
}

/** Waits for an answer that comes in pieces. Disposing it ends the wait. */
export interface SilenceLimit extends Disposable {
  /** Something came: the time begins anew. Cheap enough to be called for each piece. */
  heard(): void;
}

/** Calls when nothing was heard for a time; a piece that comes after all begins another. @param limitMs milliseconds, up to 2^31 - 1 */
export function startSilenceLimit(limitMs: number, onSilence: () => void): SilenceLimit {
  // Moved on, not made anew: a timer for each piece of 15 GB would cost more than the limit is worth.
  const timer = setTimeout(onSilence, limitMs);
  return { heard: () => void timer.refresh(), [Symbol.dispose]: () => clearTimeout(timer) };
}
