import type { Logger } from '@odst/telemetry';
import { isPassing } from './kafka-error.ts';

/** So many failures in a row are nothing to look at, where the brokers say that they will pass. */
const patience = 2;

/**
 * Logs a failure that is tried again. A broker that starts, stops or hands a group over refuses for a moment: that is told at `info`,
 * without a stack, until it happens the third time in a row. Everything else is a warning from the first on.
 * @param failures in a row, from 1
 */
export function logFailure(logger: Logger, error: unknown, failures: number, message: string): void {
  if (failures > patience || !isPassing(error)) logger.warn({ err: error, failures }, message);
  else logger.info({ reason: error instanceof Error ? error.message : String(error), failures }, message);
}
