import { errorRow, isOdstError } from '@odst/kernel';

/** How often a right is asked for anew. */
const checkEveryMs = 30_000;

/**
 * Passes items on as long as the reader has the right to them, so that a stream does not outlive an account. While it cannot be
 * asked for, as registration is away, the stream goes on.
 * @param authorize throws when the right is gone
 */
export async function* whileAllowed<T>(
  items: AsyncIterable<T>,
  authorize: () => Promise<unknown>,
  elapsedMs: () => number,
): AsyncGenerator<T> {
  let checkedAtMs = elapsedMs();
  for await (const item of items) {
    if (elapsedMs() - checkedAtMs >= checkEveryMs) {
      if (!(await isAllowed(authorize))) return;
      checkedAtMs = elapsedMs();
    }
    yield item;
  }
}

async function isAllowed(authorize: () => Promise<unknown>): Promise<boolean> {
  try {
    await authorize();
    return true;
  } catch (error) {
    if (isOdstError(error) && errorRow(error.code).retryable) return true;
    if (isOdstError(error)) return false;
    throw error;
  }
}
