import type { OdstError } from '@odst/kernel';

/** What broke, and when it is tried again. */
export type Retry = {
  /** Its message names the reason, as that the connection was refused; what was thrown is its `cause`. */
  readonly error: OdstError;
  /** In a row, from 1. */
  readonly failures: number;
  readonly delayMs: number;
};

const firstMs = 500;
const longestMs = 30_000;

/**
 * How long to wait after the nth failure in a row, from 1: 500 ms doubled up to 30 s, of which a random half is left out, so that
 * the clients of a server that restarts do not all come at once.
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, random: number): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs) * (1 - random / 2);
}
