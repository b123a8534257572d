/** Digests that the product uses. */
export type Algorithm = 'sha1' | 'sha256';

/** What an upload's answer and a manifest need: of the file, and of each chunk. */
export const bothDigests = ['sha1', 'sha256'] as const;

/** One digest for each algorithm asked for, in their order. */
export type DigestsOf<Algorithms extends readonly Algorithm[]> = { readonly [Index in keyof Algorithms]: Uint8Array };

/** One piece of the memory that all transfers share. Whoever took it gives it back, also after a failure. */
export interface Slot {
  /** 1 MiB, shared with the threads that hash. */
  readonly bytes: Uint8Array;
  /** Gives it back; nobody may use it any more. */
  release(): void;
}

/**
 * Slots that one transfer uses at a time, at most: a fast one leaves room for others, and what is written and hashed is
 * still in the processor's cache.
 */
export const slotsPerTransfer = 8;

/** Hashes one file in order. Disposing it before the end forgets it. */
export interface HashLane<Algorithms extends readonly Algorithm[]> extends Disposable {
  /** Adds the first `length` bytes of a slot. Calls may overlap; the bytes count in the order of the calls. */
  update(slot: Slot, length: number): Promise<void>;
  /** Digests of all that was added; the lane ends. */
  finish(): Promise<DigestsOf<Algorithms>>;
}

/**
 * The memory and the threads through which all bytes go. One fixed number of slots serves all transfers: who gets none
 * waits, in order of arrival, so memory stays flat at any size and number. Hashing happens off the event loop.
 */
export interface HashPool {
  /** The next free slot. @param bytes how many will go through it. Default 1 MiB */
  takeSlot(bytes?: number): Promise<Slot>;
  /** Digests of the first `length` bytes of a slot, independent of any lane. */
  digest<const Algorithms extends readonly Algorithm[]>(
    slot: Slot,
    length: number,
    algorithms: Algorithms,
  ): Promise<DigestsOf<Algorithms>>;
  /** Begins to hash a file. */
  openLane<const Algorithms extends readonly Algorithm[]>(algorithms: Algorithms): HashLane<Algorithms>;
}
