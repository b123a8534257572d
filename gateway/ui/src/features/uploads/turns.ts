/** Work that waits for its turn. */
export type Turns = {
  /** @param begin called once, at once where there is a place @returns gives the place back, or the turn up */
  take(begin: () => void): () => void;
};

/** Lets only so many work at once, in the order in which they came. */
export function createTurns(places: number): Turns {
  const waiting = new Set<() => void>();
  const working = new Set<() => void>();
  const next = () => {
    for (const begin of waiting) {
      if (working.size >= places) return;
      waiting.delete(begin);
      working.add(begin);
      begin();
    }
  };
  return {
    take(begin) {
      const own = () => begin();
      waiting.add(own);
      next();
      return () => {
        waiting.delete(own);
        if (working.delete(own)) next();
      };
    },
  };
}
