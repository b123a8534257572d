/** Hands one topic to the active member of one group. Disposing waits for the handlers under way and stores the progress. */
export interface Delivery extends AsyncDisposable {
  /** Says that there may be more to read. */
  wake(): void;
  /** Highest position that was read. */
  readonly readTo: bigint;
}
