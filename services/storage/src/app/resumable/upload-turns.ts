/** The turn of one request at an upload. Disposing ends it. */
export interface Turn extends Disposable {
  /** From now on the upload is brought to its end: nobody ends the turn any more. */
  decide(): void;
}

/**
 * One request at a time for each upload. One that comes ends the one before, whose connection is most likely dead: a client asks
 * for the offset because it lost the other answer. So nobody waits until a dead connection is noticed.
 */
export interface UploadTurns {
  /** Ids of uploads at which a request is. */
  readonly live: ReadonlySet<string>;
  /** Whether an upload is being brought to its end. */
  isDeciding(uploadId: string): boolean;
  /** Waits for the turn. @param end ends the work of this turn, soon; called when another request comes */
  take(uploadId: string, end: () => void): Promise<Turn>;
  /** Resolves when no turn is under way. */
  settled(): Promise<void>;
}

type Holder = { deciding: boolean; readonly end: () => void; readonly over: Promise<void> };

/** Builds them. */
export function createUploadTurns(): UploadTurns {
  const holders = new Map<string, Holder>();
  const live = new Set<string>();
  return {
    live,
    isDeciding: (uploadId) => holders.get(uploadId)?.deciding === true,
    async take(uploadId, end) {
      for (let other = holders.get(uploadId); other !== undefined; other = holders.get(uploadId)) {
        if (!other.deciding) other.end();
        await other.over;
      }
      const over = Promise.withResolvers<void>();
      const own: Holder = { deciding: false, end, over: over.promise };
      holders.set(uploadId, own);
      live.add(uploadId);
      return {
        decide() {
          own.deciding = true;
        },
        [Symbol.dispose]() {
          if (holders.get(uploadId) !== own) return;
          holders.delete(uploadId);
          live.delete(uploadId);
          over.resolve();
        },
      };
    },
    async settled() {
      await Promise.all([...holders.values()].map(({ over }) => over));
    },
  };
}
