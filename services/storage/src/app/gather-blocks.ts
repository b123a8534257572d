import type { Readable } from 'node:stream';
import { chunkSizeBytes, type OdstError } from '@odst/kernel';
import { type FastPlaces, type FastSender, slowChunkMs } from './fast-places.ts';
import { createGatheredPieces } from './gathered-pieces.ts';
import type { Slot } from './hashing.ts';

/** Bytes that belong to one chunk: all of it, or, from a sender that did not prove fast, a part. */
export type GatheredBlock = {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  /** Where it stands in the file. */
  readonly position: number;
  /** Whether the chunk ends with it, as far as is known: when the file ends right behind a part, nobody knew. */
  readonly endsChunk: boolean;
  /** How far the clock of the server's idle time went while nothing could be done but wait for the sender, since the block before. */
  readonly waitedMs: number;
};

/** How blocks are gathered. */
export type Gathering = {
  /** What to throw when the stream is destroyed before its end. */
  readonly endedEarly: () => OdstError;
  /** Whether what came of a stream that ends early is given all the same, and nothing thrown: the rest comes later. Default false */
  readonly keepsPart?: boolean;
  /** Where the stream begins in the file. Default 0 */
  readonly from?: number;
  /** Length of the file, where it is known and the stream may end before. */
  readonly fileBytes?: number | undefined;
  /** Where a sender that proves fast gets memory for whole chunks. */
  readonly places: FastPlaces;
  /** A clock that only goes forward. */
  readonly elapsedMs: () => number;
  /** Clock of `waitedMs`. */
  readonly idleMs: () => number;
};

/** What a sender that did not prove fast gathers. */
export const smallBlockBytes = 65_536;

/** A small block that is full within this time is as fast as 1 MiB/s. */
const fastBlockMs = (slowChunkMs * smallBlockBytes) / chunkSizeBytes;

/** Copies a block to the beginning of a slot. */
export function fillSlot(slot: Slot, { pieces }: GatheredBlock): void {
  let at = 0;
  for (const piece of pieces) at += copyBytes(piece, slot.bytes, at);
}

/**
 * Copies all of `from` and returns its length. Filling with exactly as many bytes is one memcpy in Node; `copy` and `set` go
 * another way where the memory is shared, which takes four times as long.
 */
export function copyBytes(from: Uint8Array, into: Uint8Array, at: number): number {
  if (from.length > 0) Buffer.from(into.buffer, into.byteOffset + at, from.length).fill(from);
  return from.length;
}

/**
 * Cuts a stream into blocks, none of which reaches over the end of a chunk of 1 MiB. Each sender begins with blocks of 64 KiB; one
 * that fills them fast takes a place, where there is one, and gathers whole chunks. Reads no further while the consumer is busy, and
 * holds little more than one block.
 */
export async function* gatherBlocks(source: Readable, gathering: Gathering): AsyncGenerator<GatheredBlock, void, undefined> {
  using intake = startIntake(source, gathering);
  do {
    await intake.wait();
    for (let block = intake.take(); block !== undefined; block = intake.take()) yield block;
  } while (!intake.ended);
}

/** The bytes of a stream on their way into blocks. Disposing leaves the stream alone. */
interface Intake extends Disposable {
  readonly ended: boolean;
  /** Lets the sender go on until a block is full or the stream is at its end. @throws what the stream failed with */
  wait(): Promise<void>;
  /** The next block that is full, or at the end what is left. @throws what the stream failed with */
  take(): GatheredBlock | undefined;
}

function startIntake(source: Readable, gathering: Gathering): Intake {
  const { endedEarly, keepsPart = false, from = 0, fileBytes, places, elapsedMs, idleMs } = gathering;
  const gathered = createGatheredPieces();
  let position = from;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = Promise.withResolvers<void>();
  let waitedForSinceMs: number | undefined;
  let waitedMs = 0;

  const place = createPlaceOf(places, { waitedForSinceMs: () => waitedForSinceMs, onLost: () => wake.resolve() });
  const blockBytes = (): number => {
    const leftOfChunk = chunkSizeBytes - (position % chunkSizeBytes);
    return place.isHeld ? leftOfChunk : Math.min(smallBlockBytes, leftOfChunk);
  };
  const onData = (piece: Uint8Array) => {
    gathered.add(piece);
    if (gathered.bytes < blockBytes()) return;
    if (elapsedMs() - (waitedForSinceMs ?? 0) <= fastBlockMs) place.take();
    if (gathered.bytes < blockBytes()) return;
    source.pause();
    wake.resolve();
  };
  const onEnd = () => {
    ended = true;
    wake.resolve();
  };
  const onError = (error: unknown) => {
    if (keepsPart) return onEnd();
    failure ??= { error };
    wake.resolve();
  };
  const onClose = () => {
    if (!ended) onError(endedEarly());
  };
  source.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  // Then it told nobody why.
  if (source.destroyed) onError(source.errored ?? endedEarly());

  return {
    get ended() {
      return ended;
    },
    async wait() {
      const idleFromMs = idleMs();
      const fromMs = elapsedMs();
      waitedForSinceMs = fromMs;
      source.resume();
      await wake.promise;
      wake = Promise.withResolvers<void>();
      waitedForSinceMs = undefined;
      source.pause();
      waitedMs += idleMs() - idleFromMs;
      if (elapsedMs() - fromMs >= slowChunkMs) place.leave();
    },
    take() {
      if (failure !== undefined) throw failure.error;
      const full = blockBytes();
      const length = gathered.bytes >= full ? full : ended ? gathered.bytes : 0;
      if (length === 0) return undefined;
      const block = { pieces: gathered.take(length), length, position, waitedMs };
      waitedMs = 0;
      position += length;
      const endsFile = fileBytes === undefined ? ended && gathered.bytes === 0 : position === fileBytes;
      return { ...block, endsChunk: position % chunkSizeBytes === 0 || endsFile };
    },
    [Symbol.dispose]() {
      place.leave();
      source.off('data', onData).off('end', onEnd).off('close', onClose);
      // An error of an abandoned stream is nobody's any more, but without a listener it would end the process.
      source.on('error', () => undefined).off('error', onError);
    },
  };
}

/** The place of one sender, while it has one. */
function createPlaceOf(places: FastPlaces, { waitedForSinceMs, onLost }: FastSender) {
  let held: Disposable | undefined;
  const sender: FastSender = {
    waitedForSinceMs,
    onLost() {
      held = undefined;
      onLost();
    },
  };
  return {
    get isHeld() {
      return held !== undefined;
    },
    /** Where there is one. */
    take() {
      held ??= places.take(sender);
    },
    leave() {
      held?.[Symbol.dispose]();
      held = undefined;
    },
  };
}
