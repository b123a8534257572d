/**
 * The right to be the only one at something for a while. Who lost it may not know yet, so whatever is written under it
 * is checked against its fencing number. Adapters run the suite of `@odst/event-bus/contract`.
 */
export interface Lease {
  /** How long it lasts without renewal, in milliseconds; at most 10,000. */
  readonly ttlMs: number;
  /**
   * Takes the lease when it is free or has run out; undefined while somebody holds it.
   * @returns the fencing number, higher than all before
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE when it could not be asked for
   */
  acquire(): Promise<bigint | undefined>;
  /**
   * Makes the lease last `ttlMs` from now. False when it was lost to somebody else, or ran out.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE when it could not be asked for
   */
  renew(fence: bigint): Promise<boolean>;
  /** Gives the lease back, so that the next one need not wait; nothing happens when it was lost already. */
  release(fence: bigint): Promise<void>;
}
