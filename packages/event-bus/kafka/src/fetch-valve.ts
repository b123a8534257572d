/** With more records of a partition in hand no more are fetched, until there are fewer than the second number. */
const mostHeld = 4_000;
const fewHeld = 2_000;

/** Keeps a delivery that is slower than the brokers from filling the memory. */
export interface FetchValve {
  /** Stops fetching from a partition. */
  close(partition: number): void;
  /** Stops or goes on, by what is in hand. */
  adjust(): void;
}

/**
 * Builds it, open. Partitions have one each: the position that all wait for may be in the one of which least is in hand.
 * @param deps.held records of a partition in hand
 */
export function createFetchValve(deps: {
  readonly partitions: Iterable<number>;
  readonly held: (partition: number) => number;
  readonly pause: (partition: number) => void;
  readonly resume: (partition: number) => void;
}): FetchValve {
  const closed = new Set<number>();
  const close = (partition: number): void => {
    if (closed.has(partition)) return;
    closed.add(partition);
    deps.pause(partition);
  };
  return {
    close,
    adjust() {
      for (const partition of deps.partitions) {
        const held = deps.held(partition);
        if (held > mostHeld) close(partition);
        else if (held < fewHeld && closed.delete(partition)) deps.resume(partition);
      }
    },
  };
}
