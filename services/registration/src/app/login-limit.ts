import { OdstError } from '@odst/kernel';
import { afterFailure, isForgotten, type LoginFailures, waitMs } from '../domain/login-limit.ts';

/** Counts failed logins per account and address, in memory. */
export interface LoginLimit {
  /** @throws OdstError REGISTRATION_LOGIN_LIMITED with `retryAfterSeconds` while the key is blocked */
  assertOpen(key: string, nowMs: number): void;
  failed(key: string, nowMs: number): void;
  succeeded(key: string): void;
}

/** Most keys in memory; beyond it those that count no more are dropped, then the oldest. */
const mostKeys = 10_000;

/** Builds an empty limit. */
export function createLoginLimit(): LoginLimit {
  const failures = new Map<string, LoginFailures>();

  const makeRoom = (nowMs: number) => {
    if (failures.size < mostKeys) return;
    for (const [key, failure] of failures) if (isForgotten(failure, nowMs)) failures.delete(key);
    for (const key of failures.keys()) {
      if (failures.size < mostKeys) return;
      failures.delete(key);
    }
  };

  return {
    assertOpen(key, nowMs) {
      const retryAfterSeconds = Math.ceil(waitMs(failures.get(key), nowMs) / 1_000);
      if (retryAfterSeconds === 0) return;
      throw new OdstError('REGISTRATION_LOGIN_LIMITED', `too many failed logins; try again in ${retryAfterSeconds} s`, {
        retryAfterSeconds,
      });
    },
    failed(key, nowMs) {
      const after = afterFailure(failures.get(key), nowMs);
      failures.delete(key);
      makeRoom(nowMs);
      failures.set(key, after);
    },
    succeeded(key) {
      failures.delete(key);
    },
  };
}
