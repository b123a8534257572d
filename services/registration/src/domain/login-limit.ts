/** Failed logins of one account from one address. */
export type LoginFailures = {
  readonly count: number;
  /** Milliseconds since 1970; until then every login is refused unseen. */
  readonly blockedUntilMs: number;
  /** When the last one was. */
  readonly lastAtMs: number;
};

/** Failures that cost nothing. */
const freeFailures = 5;

/** Longest block. The rate of guesses, not the account, is limited: a longer one would let anybody lock the owner out. */
const longestBlockMs = 60_000;

/** After this time without a failure the count begins anew. */
const forgetAfterMs = 15 * 60_000;

/** How long a login must wait, in milliseconds; 0 for not at all. */
export function waitMs(failures: LoginFailures | undefined, nowMs: number): number {
  return failures === undefined ? 0 : Math.max(0, failures.blockedUntilMs - nowMs);
}

/** The failures after one more: from the sixth on each doubles the block, from 1 s up to a minute. */
export function afterFailure(failures: LoginFailures | undefined, nowMs: number): LoginFailures {
  const count = failures === undefined || isForgotten(failures, nowMs) ? 1 : failures.count + 1;
  const blockMs = count <= freeFailures ? 0 : Math.min(longestBlockMs, 1_000 * 2 ** (count - freeFailures - 1));
  return { count, blockedUntilMs: nowMs + blockMs, lastAtMs: nowMs };
}

/** Whether the failures count no more. */
export function isForgotten(failures: LoginFailures, nowMs: number): boolean {
  return nowMs - failures.lastAtMs > forgetAfterMs;
}
