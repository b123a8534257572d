const firstDelayMs = 100;
const longestDelayMs = 5_000;

/** How long to wait after the nth failure in a row, from 1: 100 ms, doubled up to 5 s. */
export function backoffMs(failures: number): number {
  return Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
}
