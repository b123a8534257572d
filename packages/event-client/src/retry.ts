import type { OdstError } from '@odst/kernel';

/** What broke, and when it is tried again. */
export type Retry = {
  /** Its message names the reason, as that the connection was refused; what was thrown is its `cause`. */
  readonly error: OdstError;
  /** In a row, from 1. */
  readonly failures: number;
  readonly delayMs: number;
};

/** Between tries, in milliseconds: the clients of a server that restarts do not all come at once, nor ever stop. */
export const retryPauses = { firstMs: 500, mostMs: 30_000 } as const;
