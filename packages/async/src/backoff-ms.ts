/** The range of pauses between tries. The defaults suit what is away for seconds, as a database that restarts. */
export type BackoffLimits = {
  /** Longest pause after the first failure, in milliseconds; each further failure doubles it. Default 100 */
  readonly firstMs?: number;
  /** Longest pause after any number of failures, in milliseconds. Default 5,000 */
  readonly mostMs?: number;
};

/**
 * The pause after a number of failures in a row: `firstMs`, doubled with each further failure up to `mostMs`. Chance takes off
 * up to half of it, so that those who failed together do not come back together. Pure: for places that keep the count in a state.
 * @param failures from 1
 * @param random 0 ≤ random < 1; 0 takes nothing off
 * @returns whole milliseconds
 */
export function backoffMs(failures: number, { firstMs = 100, mostMs = 5_000 }: BackoffLimits = {}, random = 0): number {
  // Beyond 2^1023 doubling gives Infinity, which Math.min takes; it never gives NaN.
  const ceilingMs = Math.min(firstMs * 2 ** (Math.max(failures, 1) - 1), mostMs);
  return Math.round(ceilingMs * (1 - random / 2));
}
