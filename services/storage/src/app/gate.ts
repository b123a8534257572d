/** Lets a number of tasks in at once; others wait in order of arrival. */
export interface Gate {
  /** Waits for a place; disposing gives it back. */
  enter(signal?: AbortSignal): Promise<Disposable>;
}

/** Builds a gate with so many places. */
export function createGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (free > 0) free -= 1;
      else {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const abort = () => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(signal?.reason);
        };
        const enter = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        signal?.addEventListener('abort', abort, { once: true });
        waiting.push(enter);
        await promise;
      }
      let inside = true;
      return {
        [Symbol.dispose]() {
          if (inside) leave();
          inside = false;
        },
      };
    },
  };
}
