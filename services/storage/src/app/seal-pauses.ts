import { backoffMs } from '@odst/async';

const pauses = { firstMs: 60_000, mostMs: 3_600_000 };

/** Which blobs could not be sealed: bytes that are damaged or lost are read again ever more rarely. */
export interface SealPauses {
  /** Why the blob could not be sealed last time, while it is left alone for that. */
  during(sha256: string): { readonly error: unknown } | undefined;
  /** It could not be sealed. */
  failed(sha256: string, error: unknown): void;
  /** It is sealed, or not here any more. */
  done(sha256: string): void;
}

/** Builds it. @param elapsedMs a clock that only goes forward */
export function createSealPauses(elapsedMs: () => number): SealPauses {
  const failures = new Map<string, { readonly count: number; readonly untilMs: number; readonly error: unknown }>();
  return {
    during(sha256) {
      const last = failures.get(sha256);
      return last !== undefined && elapsedMs() < last.untilMs ? { error: last.error } : undefined;
    },
    failed(sha256, error) {
      const count = (failures.get(sha256)?.count ?? 0) + 1;
      failures.set(sha256, { count, untilMs: elapsedMs() + backoffMs(count, pauses), error });
    },
    done: (sha256) => void failures.delete(sha256),
  };
}
