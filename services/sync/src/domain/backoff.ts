/** Shortest pause before another try, in milliseconds. */
export const shortestBackoffMs = 1_000;

/** Longest pause before another try, in milliseconds. */
export const longestBackoffMs = 300_000;

/**
 * Pause before the next try: the ceiling doubles from 2 s to 5 min, and chance takes off up to half of it, so that peers
 * that failed together do not come back together. It never gives up.
 * @param failures failures in a row, from 1
 * @param random 0 ≤ random < 1, passed in
 * @returns milliseconds, 1,000 to 300,000
 */
export function backoffMs(failures: number, random: number): number {
  const doublings = Math.min(Math.max(failures, 1), 20);
  const ceilingMs = Math.min(longestBackoffMs, shortestBackoffMs * 2 ** doublings);
  return Math.max(shortestBackoffMs, Math.round(ceilingMs * (1 - random / 2)));
}
