import type { Checkpoint } from './checkpoint.ts';
import type { Waiters } from './waiters.ts';

/** What this process knows of the checkpoint. */
export interface Progress {
  /** Rows of events up to here are committed. */
  position(): bigint;
  moveTo(position: bigint): void;
  /** Reads what another process may have applied; calls at the same time share one read. */
  follow(): Promise<void>;
}

/** Builds the progress of a runner, from the position that its checkpoint had at the start. */
export function createProgress(checkpoint: Checkpoint, waiters: Waiters, start: bigint): Progress {
  let position = start;
  let following: Promise<void> | undefined;

  const moveTo = (next: bigint): void => {
    position = next;
    waiters.reached(next);
  };
  const follow = async (): Promise<void> => {
    try {
      const read = await checkpoint.read();
      if (read > position) moveTo(read);
    } finally {
      following = undefined;
    }
  };

  return {
    position: () => position,
    moveTo,
    follow() {
      following ??= follow();
      return following;
    },
  };
}
