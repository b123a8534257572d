/** A sender that gathers whole chunks in memory. */
export type FastSender = {
  /** Since when nothing but this sender is waited for, on the clock of the places; undefined while it waits for the server. */
  readonly waitedForSinceMs: () => number | undefined;
  /** Its place went to another: it goes on with small blocks. */
  readonly onLost: () => void;
};

/**
 * The memory for whole chunks. Senders that prove fast take a place of it, those that do not go on with small blocks: so however
 * many send slowly, and whoever falls silent with a chunk half full, nobody waits for memory and memory stays flat.
 */
export interface FastPlaces {
  /** A place, at once or not at all. Disposing gives it back; after it was lost that does nothing. */
  take(sender: FastSender): Disposable | undefined;
}

/** A holder whose chunk is not full after so long is fast no more: slower than 1 MiB/s. */
export const slowChunkMs = 1_000;

/**
 * Builds the places.
 * @param count 1 MiB each
 * @param elapsedMs a clock that only goes forward
 */
export function createFastPlaces(count: number, elapsedMs: () => number): FastPlaces {
  const holders = new Set<FastSender>();
  const isSlow = ({ waitedForSinceMs }: FastSender): boolean =>
    elapsedMs() - (waitedForSinceMs() ?? Number.POSITIVE_INFINITY) >= slowChunkMs;

  return {
    take(sender) {
      if (holders.size >= count) {
        const slow = [...holders].find(isSlow);
        if (slow === undefined) return undefined;
        holders.delete(slow);
        slow.onLost();
      }
      holders.add(sender);
      return { [Symbol.dispose]: () => void holders.delete(sender) };
    },
  };
}
