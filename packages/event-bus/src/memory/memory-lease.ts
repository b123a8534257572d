import type { Clock } from '@odst/kernel';
import type { Lease } from '../lease.ts';

/** Builds a lease for those who share this object. @param options.ttlMs default 3,000 */
export function createMemoryLease({ clock, ttlMs = 3_000 }: { readonly clock: Clock; readonly ttlMs?: number }): Lease {
  let fence = 0n;
  let expiresAtMs = Number.NEGATIVE_INFINITY;
  const nowMs = (): number => clock.now().getTime();
  const isHeld = (): boolean => nowMs() < expiresAtMs;
  return {
    ttlMs,
    async acquire() {
      if (isHeld()) return undefined;
      fence += 1n;
      expiresAtMs = nowMs() + ttlMs;
      return fence;
    },
    async renew(held) {
      if (held !== fence || !isHeld()) return false;
      expiresAtMs = nowMs() + ttlMs;
      return true;
    },
    async release(held) {
      if (held === fence) expiresAtMs = nowMs();
    },
  };
}
