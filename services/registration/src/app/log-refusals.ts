import { type ErrorCode, errorRow, isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';

/**
 * Runs `work` and logs when it refuses: who, from where, what and with which code. Faults of this server pass unlogged;
 * whoever serves the call reports them.
 * @param who what is known of the caller, read when the refusal is there
 * @param unlogged refusals that are nobody's fault. Default none
 */
export async function logRefusals<T>(
  logger: Logger,
  who: () => Readonly<Record<string, string>>,
  work: () => Promise<T>,
  unlogged: readonly ErrorCode[] = [],
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isOdstError(error) && errorRow(error.code).http < 500 && !unlogged.includes(error.code)) {
      logger.warn({ ...who(), code: error.code, reason: error.message }, 'refused a request');
    }
    throw error;
  }
}
