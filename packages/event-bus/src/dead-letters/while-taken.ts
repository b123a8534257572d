import { pause, within } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/** Keeps a letter that was taken from everybody else for as long as the work runs. */
export async function whileTaken<T>(
  deps: { readonly deadLetters: DeadLetters; readonly logger: Logger },
  letter: DeadLetter,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const renewing = keepRenewing(deps, letter, ended.signal);
  try {
    return await work();
  } finally {
    ended.abort();
    await renewing;
  }
}

/** Renews until the signal aborts. What cannot be renewed may be free again by now; the work is not broken off for that. */
async function keepRenewing(
  { deadLetters, logger }: { readonly deadLetters: DeadLetters; readonly logger: Logger },
  letter: DeadLetter,
  signal: AbortSignal,
): Promise<void> {
  const { takenForMs } = deadLetters;
  for (;;) {
    await pause(takenForMs / 3, signal);
    if (signal.aborted) return;
    await within(takenForMs, 'keeping a dead letter', deadLetters.renew(letter)).catch((error: unknown) => {
      logger.warn({ err: error, deadLetter: letter.id }, 'a dead letter that is being handled could not be kept from others');
    });
  }
}
