import { backoffMs } from '@odst/async/backoff-ms';

/** Failed logins: of one account from one network, or of one network at all accounts. */
export type LoginFailures = {
  readonly count: number;
  /** Milliseconds since 1970; until then every guess is refused unseen. */
  readonly blockedUntilMs: number;
  /** When the last one was. */
  readonly lastAtMs: number;
};

/** Failures of one account from one network that cost nothing. */
export const freeFailuresOfAccount = 5;

/** Failures of one network that cost nothing: many people with many accounts may sit behind one address. */
export const freeFailuresOfNetwork = 50;

/** Longest block. The rate of guesses, not the account, is limited: a longer one would let anybody lock the owner out. */
const blocks = { firstMs: 1_000, mostMs: 60_000 };

/** After this time without a failure the count begins anew. */
const forgetAfterMs = 15 * 60_000;

/** How long a login must wait, in milliseconds; 0 for not at all. */
export function waitMs(failures: LoginFailures | undefined, nowMs: number): number {
  return failures === undefined ? 0 : Math.max(0, failures.blockedUntilMs - nowMs);
}

/** The failures after one more: from the first that is not free on each doubles the block, from 1 s up to a minute. */
export function afterFailure(failures: LoginFailures | undefined, nowMs: number, free: number): LoginFailures {
  const count = failures === undefined || isForgotten(failures, nowMs) ? 1 : failures.count + 1;
  const blockMs = count <= free ? 0 : backoffMs(count - free, blocks);
  return { count, blockedUntilMs: nowMs + blockMs, lastAtMs: nowMs };
}

/** The failures without one that turned out to be none. A block that others have earned stays. */
export function withoutFailure(failures: LoginFailures, free: number): LoginFailures {
  const count = Math.max(0, failures.count - 1);
  return { ...failures, count, blockedUntilMs: count <= free ? 0 : failures.blockedUntilMs };
}

/** Whether the failures count no more. */
export function isForgotten(failures: LoginFailures, nowMs: number): boolean {
  return nowMs - failures.lastAtMs > forgetAfterMs;
}

/** How often credentials of one account may still be shown from a network while they are limited, in case they were right before. */
export type Looks = {
  /** May be a fraction. */
  readonly left: number;
  readonly atMs: number;
};

/** Looks at once: more than a person or a script makes by mistake, and fewer than a list of common passwords has. */
const mostLooks = 300;

/** Time in which one comes back. */
const lookEveryMs = 5_000;

/** The looks after one more; undefined when none is left. */
export function afterLook(looks: Looks | undefined, nowMs: number): Looks | undefined {
  const left = looks === undefined ? mostLooks : Math.min(mostLooks, looks.left + passedMs(looks, nowMs) / lookEveryMs);
  return left < 1 ? undefined : { left: left - 1, atMs: nowMs };
}

/** Logins, new tokens and new passwords of one account at once: more than people and their scripts make in a day. */
const mostOwnActs = 200;

/** Time in which one comes back: each is an event, which is kept for ever. */
export const ownActEveryMs = 60_000;

/** The own acts after one more; undefined when none is left. */
export function afterOwnAct(acts: Looks | undefined, nowMs: number): Looks | undefined {
  const left = acts === undefined ? mostOwnActs : Math.min(mostOwnActs, acts.left + passedMs(acts, nowMs) / ownActEveryMs);
  return left < 1 ? undefined : { left: left - 1, atMs: nowMs };
}

/** The looks when one found what it showed. */
export function withoutLook(looks: Looks): Looks {
  return { ...looks, left: looks.left + 1 };
}

/** A clock that was set back takes nothing away: an account would be shut out until it is where it was. */
function passedMs({ atMs }: Looks, nowMs: number): number {
  return Math.max(0, nowMs - atMs);
}
