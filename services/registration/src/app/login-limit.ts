import {
  afterFailure,
  afterLook,
  freeFailuresOfAccount,
  freeFailuresOfNetwork,
  isForgotten,
  type LoginFailures,
  type Looks,
  waitMs,
  withoutFailure,
  withoutLook,
} from '../domain/login-limit.ts';
import { sha256 } from './digest.ts';

/** Who is guessed, from where. */
export type LoginPlace = {
  readonly username: string;
  /** Network of the client's address. */
  readonly network: string;
};

/** A guess that was counted before its outcome was known: otherwise many at once would pass as one. */
export interface CountedGuess {
  /** It was right: the account's failures from this network are forgotten, and those of the network are one less. */
  right(): void;
  /** Nothing was learnt about the password: it was no guess. */
  withdrawn(): void;
}

/** Counts failed logins per account and network, and per network, in memory. */
export interface LoginLimit {
  /** How long guesses are refused unseen, in milliseconds; 0 for not at all. */
  waitMs(place: LoginPlace, nowMs: number): number;
  /** Counts a guess. */
  count(place: LoginPlace, nowMs: number): CountedGuess;
  /** Takes one of the looks that an account has from a network while it is limited; false when none is left. */
  look(place: LoginPlace, nowMs: number): boolean;
  /** Gives it back, as the credentials were right. */
  lookWasRight(place: LoginPlace): void;
}

/** Most keys in memory, of each kind; beyond it those that count no more are dropped, then the oldest. */
const mostKeys = 10_000;

/** Most counts of looks in memory; beyond it the oldest are dropped. */
const mostLookCounts = 100_000;

/** The accounts of a network share 16^3 counts of looks. */
const lookDigits = 3;

/** Builds an empty limit. */
export function createLoginLimit(): LoginLimit {
  const ofAccounts = createFailureCounts(freeFailuresOfAccount);
  const ofNetworks = createFailureCounts(freeFailuresOfNetwork);
  const looks = new Map<string, Looks>();
  // Names are as long as who guesses likes.
  const keyOf = ({ username, network }: LoginPlace) => sha256(Buffer.from(JSON.stringify([username, network])));
  // Were there a count for each name, made-up names would push out that of the account that is guessed at.
  const lookKeyOf = (place: LoginPlace) => `${keyOf(place).slice(0, lookDigits)} ${place.network}`;
  return {
    waitMs: (place, nowMs) => Math.max(ofAccounts.waitMs(keyOf(place), nowMs), ofNetworks.waitMs(place.network, nowMs)),
    count(place, nowMs) {
      const key = keyOf(place);
      ofAccounts.failed(key, nowMs);
      ofNetworks.failed(place.network, nowMs);
      return {
        right() {
          ofAccounts.forget(key);
          ofNetworks.withdraw(place.network);
        },
        withdrawn() {
          ofAccounts.withdraw(key);
          ofNetworks.withdraw(place.network);
        },
      };
    },
    look(place, nowMs) {
      const key = lookKeyOf(place);
      const after = afterLook(looks.get(key), nowMs);
      if (after === undefined) return false;
      looks.delete(key);
      looks.set(key, after);
      if (looks.size > mostLookCounts) dropOldest(looks);
      return true;
    },
    lookWasRight(place) {
      const key = lookKeyOf(place);
      const taken = looks.get(key);
      if (taken !== undefined) looks.set(key, withoutLook(taken));
    },
  };
}

/** Failures by key. @param free those that cost nothing */
function createFailureCounts(free: number) {
  const failures = new Map<string, LoginFailures>();
  const makeRoom = (nowMs: number) => {
    if (failures.size < mostKeys) return;
    for (const [key, failure] of failures) if (isForgotten(failure, nowMs)) failures.delete(key);
    if (failures.size >= mostKeys) dropOldest(failures);
  };
  return {
    waitMs: (key: string, nowMs: number) => waitMs(failures.get(key), nowMs),
    failed(key: string, nowMs: number) {
      const after = afterFailure(failures.get(key), nowMs, free);
      failures.delete(key);
      makeRoom(nowMs);
      failures.set(key, after);
    },
    withdraw(key: string) {
      const counted = failures.get(key);
      if (counted !== undefined) failures.set(key, withoutFailure(counted, free));
    },
    forget: (key: string) => failures.delete(key),
  };
}

function dropOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
