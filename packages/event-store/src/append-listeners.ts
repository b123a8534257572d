/** Who is to be told of appends, and what tells of those of other processes. Disposing forgets all and waits until that has ended. */
export interface AppendListeners extends AsyncDisposable {
  /** Calls each listener. */
  wake(): void;
  /** Adds a listener, as often as it is given; disposing takes it off. The first one starts the watch, the last one ends it. */
  listen(listener: () => void): Disposable;
}

/**
 * Builds an empty list of listeners.
 * @param watch starts what calls `wake` for the appends of others, as a subscription; it stands only while there are listeners. Default nothing
 */
export function createAppendListeners(watch?: (wake: () => void) => AsyncDisposable): AppendListeners {
  const listeners = new Set<{ readonly call: () => void }>();
  const closing = new Set<Promise<void>>();
  let watching: AsyncDisposable | undefined;

  const wake = (): void => {
    for (const listener of listeners) listener.call();
  };
  const stop = (): void => {
    if (watching === undefined) return;
    const closed = Promise.resolve(watching[Symbol.asyncDispose]());
    watching = undefined;
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  };

  return {
    wake,
    listen(call) {
      const listener = { call };
      listeners.add(listener);
      watching ??= watch?.(wake);
      return {
        [Symbol.dispose]: () => {
          if (listeners.delete(listener) && listeners.size === 0) stop();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      stop();
      await Promise.all(closing);
    },
  };
}
