import type { Checkpoint } from './checkpoint.ts';

/** Builds a checkpoint that lives as long as the process. @param position saved already; default none */
export function createMemoryCheckpoint(position?: string): Checkpoint {
  let saved = position;
  return {
    load: async () => saved,
    save: async (next) => {
      saved = next;
    },
  };
}
