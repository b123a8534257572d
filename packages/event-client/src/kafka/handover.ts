/** Hands items from one who is called to one who asks, one at a time: who gives waits until it was taken. */
export type Handover<T> = {
  /** Resolves when the item was taken; false when the reading is over and it was not. */
  give(item: T): Promise<boolean>;
  /** Ends the reading with an error. */
  fail(error: unknown): void;
  /** Ends it, and lets go of who gives. */
  end(): void;
  /** The items, until the end. @throws what `fail` was called with */
  items(): AsyncGenerator<T, void, void>;
};

type Offer<T> = { readonly item: T; readonly taken: (taken: boolean) => void };

/** Builds a handover. */
export function createHandover<T>(): Handover<T> {
  const offers: Offer<T>[] = [];
  let outcome: { readonly error?: unknown } | undefined;
  let wake: () => void = () => undefined;

  const finish = (how: { readonly error?: unknown }): void => {
    outcome ??= how;
    for (const { taken } of offers.splice(0)) taken(false);
    wake();
  };

  return {
    give(item) {
      if (outcome !== undefined) return Promise.resolve(false);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      offers.push({ item, taken: resolve });
      wake();
      return promise;
    },
    fail: (error) => finish({ error }),
    end: () => finish({}),
    async *items() {
      for (;;) {
        const offer = offers.shift();
        if (offer !== undefined) {
          let taken = false;
          try {
            yield offer.item;
            taken = true;
          } finally {
            offer.taken(taken);
          }
        } else if (outcome === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          if ('error' in outcome) throw outcome.error;
          return;
        }
      }
    },
  };
}
