import { busError } from './kafka-error.ts';

/** Something that is opened when it is first used, and opened anew after a failure. Disposing closes it. */
export interface Lazy<T> extends AsyncDisposable {
  /** @throws OdstError COMMON_SERVICE_UNAVAILABLE when it cannot be opened, or the work fails for want of a broker */
  use<R>(work: (opened: T) => Promise<R>): Promise<R>;
}

/** Builds it, closed. */
export function lazily<T>(open: () => Promise<T>, close: (opened: T) => Promise<void>): Lazy<T> {
  let opened: Promise<T> | undefined;

  const drop = async (failed: Promise<T> | undefined): Promise<void> => {
    if (failed === undefined) return;
    if (opened === failed) opened = undefined;
    // What failed may fail to close as well, and then there is nothing left to close.
    await failed.then(close).catch(() => undefined);
  };
  return {
    async use(work) {
      opened ??= open();
      const mine = opened;
      try {
        return await work(await mine);
      } catch (error) {
        // Others may be at work on it: they fail on their own and drop nothing that is new.
        void drop(mine);
        throw busError(error);
      }
    },
    [Symbol.asyncDispose]: () => drop(opened),
  };
}
