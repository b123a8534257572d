import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `ms` milliseconds, or at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An aborted pause is a pause that is over.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
