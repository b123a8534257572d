/** Lets a number of tasks in at once; the others wait in order of arrival. */
export interface Semaphore {
  /**
   * Waits for a permit.
   * @returns disposing it gives the permit back; a second time does nothing
   * @throws the reason of the signal when it aborts first; then no permit is taken
   */
  acquire(signal?: AbortSignal): Promise<Disposable>;
}

/** Lets one task at a time run for each key; the others wait in order of arrival. */
export interface KeyedLock {
  /** Runs the task when all earlier ones of this key have ended, however. @returns what the task gives */
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
}

/** Builds a semaphore. @param permits how many are in at once, from 1 */
export function createSemaphore(permits: number): Semaphore {
  const waiting = new Set<() => void>();
  let free = permits;
  const release = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  const permit = (): Disposable => {
    let held = true;
    return {
      [Symbol.dispose]() {
        if (held) release();
        held = false;
      },
    };
  };
  return {
    async acquire(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return permit();
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = (): void => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      const enter = (): void => {
        waiting.delete(enter);
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      signal?.addEventListener('abort', abort, { once: true });
      waiting.add(enter);
      await promise;
      return permit();
    },
  };
}

/** Builds a lock for this process. It keeps nothing of a key that no task runs or waits for. */
export function createKeyedLock(): KeyedLock {
  const last = new Map<string, Promise<void>>();
  return {
    async run(key, task) {
      const mine = (last.get(key) ?? Promise.resolve()).then(task);
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      last.set(key, settled);
      try {
        return await mine;
      } finally {
        if (last.get(key) === settled) last.delete(key);
      }
    },
  };
}
