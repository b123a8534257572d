/** How far a group is in a topic. */
export type Progress = {
  /** All up to here are done, but for the waiting ones. */
  readonly position: bigint;
  /** At or below `position`, ascending: not done, as their key failed. */
  readonly waiting: readonly bigint[];
};

/** The lowest position that a group is not done with; the topic need not have it yet. */
export function firstUndone({ position, waiting }: Progress): bigint {
  return waiting[0] ?? position + 1n;
}
