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
  /**
   * Ends the work of a request that is at the upload, and waits until it is over; not where the upload is being brought to its end, which
   * may take as long as reading the whole file.
   */
  interrupt(uploadId: string): Promise<void>;
  /** Waits for the turn. @param end ends the work of this turn, soon; called when another request comes */
  take(uploadId: string, end: () => void): Promise<Turn>;
  /** Resolves when no turn is under way. */
  settled(): Promise<void>;
}

type Holder = { deciding: boolean; readonly end: () => void; readonly over: Promise<void>; readonly decided: Promise<void> };

/** Builds them. */
export function createUploadTurns(): UploadTurns {
  const holders = new Map<string, Holder>();
  const live = new Set<string>();
  return {
    live,
    async interrupt(uploadId) {
      const other = holders.get(uploadId);
      if (other === undefined || other.deciding) return;
      other.end();
      await Promise.race([other.over, other.decided]);
    },
    async take(uploadId, end) {
      for (let other = holders.get(uploadId); other !== undefined; other = holders.get(uploadId)) {
        if (!other.deciding) other.end();
        await other.over;
      }
      const over = Promise.withResolvers<void>();
      const decided = Promise.withResolvers<void>();
      const own: Holder = { deciding: false, end, over: over.promise, decided: decided.promise };
      holders.set(uploadId, own);
      live.add(uploadId);
      return {
        decide() {
          own.deciding = true;
          decided.resolve();
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
