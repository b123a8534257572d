/** A request that its client may send again, under a key of its choice. */
export type IdempotentRequest = {
  /** Whose it is, as `account:admin`: requests of others with the same key are other requests. */
  readonly caller: string;
  readonly key: string;
  /** Digest of all that the request says. */
  readonly fingerprint: string;
};

/** An answer as it was given. */
export type KeptAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A request that is to be carried out. */
export type Claim = {
  /** UUID, the same for all tries of one request: what a try before has done is not done again under it. */
  readonly requestId: string;
  /** Tells this try from others. */
  readonly claim: string;
};

/**
 * What is to become of a request: carry it out (`begun`), or not: the first one is under way (`running`), the key is that of another
 * request (`other`), it has its answer (`answered`), or was answered with what is not kept (`gone`).
 */
export type Begun =
  | ({ readonly state: 'begun' } & Claim)
  | { readonly state: 'running' | 'other' | 'gone' }
  | { readonly state: 'answered'; readonly answer: KeptAnswer };

/** Answers by caller and key, so that a request that is sent again has the first answer again. What is kept is not readable to who reads the database. */
export interface IdempotentRequests {
  /** Begins a request, unless it was begun before. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  begin(request: IdempotentRequest, now: Date): Promise<Begun>;
  /**
   * Ends a try. Where another one took over meanwhile, nothing happens.
   * @param answer undefined where the request may run again
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  settle(request: IdempotentRequest, claim: string, answer: KeptAnswer | undefined, now: Date): Promise<void>;
  /** Removes what is older than a day or beyond the limits of a caller, the oldest first. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  sweep(now: Date): Promise<void>;
}

/** What is kept of whom. */
export type IdempotencyLimits = {
  /** How long a key stands for its request. */
  readonly keptMs: number;
  /** How long a request that has no answer may be under way; then it counts as broken off, and may run again. */
  readonly runningMs: number;
  /** Longest body of an answer that is kept. */
  readonly mostAnswerBytes: number;
  readonly mostOfCaller: number;
  /** Of all answers of a caller together. */
  readonly mostBytesOfCaller: number;
};

/** The limits, unless a test has others. */
export const idempotencyLimits: IdempotencyLimits = {
  keptMs: 24 * 3_600_000,
  runningMs: 120_000,
  mostAnswerBytes: 2 * 1_048_576,
  mostOfCaller: 10_000,
  mostBytesOfCaller: 64 * 1_048_576,
};
