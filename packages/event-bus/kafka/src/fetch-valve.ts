/** What is in hand of a partition. */
export type Held = { readonly records: number; readonly bytes: number };

/** With more of a partition in hand nothing more is fetched of it, until there is less than half. */
const most: Held = { records: 4_000, bytes: 16 * 1_048_576 };

/** Keeps a delivery that is slower than the brokers from filling the memory. */
export interface FetchValve {
  /** Stops fetching from a partition. */
  close(partition: number): void;
  /** Stops or goes on, by what is in hand. */
  adjust(): void;
}

/**
 * Builds it, open. Partitions have one each: the position that all wait for may be in the one of which least is in hand.
 * @param deps.held what is in hand of a partition
 */
export function createFetchValve(deps: {
  readonly partitions: Iterable<number>;
  readonly held: (partition: number) => Held;
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
        const { records, bytes } = deps.held(partition);
        const isFew = records < most.records / 2 && bytes < most.bytes / 2;
        if (records > most.records || bytes > most.bytes) close(partition);
        else if (isFew && closed.delete(partition)) deps.resume(partition);
      }
    },
  };
}
