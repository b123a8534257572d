/** A call that is not lost when it comes before somebody waits for it. */
export interface Wake {
  call(): void;
  /** Resolves after a call since the last wait, or when the time is over. */
  wait(timeoutMs: number): Promise<void>;
}

/** Builds a wake for one waiter. */
export function createWake(): Wake {
  let called = false;
  let wakeUp: (() => void) | undefined;
  return {
    call() {
      called = true;
      wakeUp?.();
    },
    async wait(timeoutMs) {
      if (!called) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, timeoutMs);
        wakeUp = resolve;
        await promise;
        clearTimeout(timer);
        wakeUp = undefined;
      }
      called = false;
    },
  };
}
