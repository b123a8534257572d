import { stampOf, type VersionVector } from './version-vector.ts';

/** Stamps per millisecond: the lower 16 bits count changes that the clock cannot tell apart. */
export const stampsPerMs = 65_536n;

/** Greatest stamp that is accepted from outside, in the year 4199: whatever follows it still fits into 63 bits. */
export const maxStamp = 2n ** 62n;

/** Whether a stamp is more than 24 h ahead of the clock. @param nowMs milliseconds since 1970 */
export function isAhead(stamp: bigint, nowMs: number): boolean {
  return stamp > (BigInt(nowMs) + aheadLimitMs) * stampsPerMs;
}

/** Whether a stamp is more than 24 h behind the clock: whatever any server does next comes later. @param nowMs milliseconds since 1970 */
export function isLongAgo(stamp: bigint, nowMs: number): boolean {
  return stamp < (BigInt(nowMs) - aheadLimitMs) * stampsPerMs;
}

const aheadLimitMs = 24n * 3_600_000n;

/**
 * The stamp of a writer's next change of a package: above its own last one, above what the package has seen of others,
 * and not before its clock. Stamps more than 24 h ahead of the clock are passed over, or one wrong clock would move all.
 * @param nowMs milliseconds since 1970
 */
export function nextStamp(seen: VersionVector, writer: string, nowMs: number): bigint {
  const now = BigInt(nowMs) * stampsPerMs;
  const others = seen.filter((entry) => !isAhead(entry.stamp, nowMs)).map((entry) => entry.stamp + 1n);
  return [stampOf(seen, writer) + 1n, ...others].reduce((latest, stamp) => (stamp > latest ? stamp : latest), now);
}
