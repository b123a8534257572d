/** Something that happens now and then. */
export type Signal = {
  tell(): void;
  /** @returns ends the listening */
  listen(listener: () => void): () => void;
};

/** Makes one that nobody listens to yet. */
export function createSignal(): Signal {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
