import { systemTimers } from '@odst/async';
import { OdstError } from '@odst/kernel';

type Waiter = { readonly position: bigint; readonly settle: (error?: OdstError) => void };

/** Those who wait for a position. */
export interface Waiters {
  readonly count: number;
  /**
   * Resolves when `reached` is called with this position or a higher one.
   * @throws OdstError COMMON_DEADLINE_EXCEEDED when the time is over
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE after `close`
   */
  wait(position: bigint, timeoutMs: number): Promise<void>;
  reached(position: bigint): void;
  /** Refuses all, now and later. */
  close(): void;
}

/**
 * How long a caller waits for rows who does not say, in milliseconds. Rows that follow may come seconds later on a loaded machine: 8 s, below
 * the 10 s for which those wait who ask the caller. More time brings nothing where another version has the tables, or an event fails: 2 s.
 */
export function defaultWaitMs(follows: { readonly isBegun: boolean; readonly isFailing: boolean }): number {
  return follows.isBegun && !follows.isFailing ? 8_000 : 2_000;
}

/** Builds the waiters of a projection. */
export function createWaiters(projection: string): Waiters {
  const waiting = new Set<Waiter>();
  let closed = false;
  const stopped = (): OdstError => new OdstError('COMMON_SERVICE_UNAVAILABLE', `the projection ${projection} is stopping`);

  return {
    get count() {
      return waiting.size;
    },
    wait: (position, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(stopped());
        const late = (): void =>
          waiter.settle(
            new OdstError(
              'COMMON_DEADLINE_EXCEEDED',
              `the projection ${projection} did not reach position ${position} in ${timeoutMs} ms`,
              {
                projection,
                position: String(position),
              },
            ),
          );
        const timer = systemTimers.after(timeoutMs, late);
        const waiter: Waiter = {
          position,
          settle: (error) => {
            timer[Symbol.dispose]();
            waiting.delete(waiter);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        waiting.add(waiter);
      }),
    reached(position) {
      for (const waiter of waiting) if (waiter.position <= position) waiter.settle();
    },
    close() {
      closed = true;
      for (const waiter of waiting) waiter.settle(stopped());
    },
  };
}
