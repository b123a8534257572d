/** How far a group is in a topic. */
export type Progress = {
  /** All up to here are done, but for the waiting ones. */
  readonly position: bigint;
  /** At or below `position`, ascending: not done, as their key failed. */
  readonly waiting: readonly bigint[];
};
