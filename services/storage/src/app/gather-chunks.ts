import type { Readable } from 'node:stream';
import { chunkSizeBytes, type OdstError } from '@odst/kernel';
import type { Slot } from './hashing.ts';

/** Bytes of one chunk in the pieces in which they came. */
export type GatheredChunk = {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  /** How far the clock went while nothing could be done but wait for the source, since the chunk before. */
  readonly waitedMs: number;
};

/** Copies a chunk to the beginning of a slot. */
export function fillSlot(slot: Slot, { pieces }: GatheredChunk): void {
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
 * Cuts a stream into chunks of 1 MiB, the last one shorter. Reads no further while the consumer is busy with a chunk,
 * and holds little more than one chunk.
 * @param endedEarly what to throw when the stream is destroyed before its end
 * @param clockMs clock of `waitedMs`. Default: one that stands still
 */
export async function* gatherChunks(
  source: Readable,
  endedEarly: () => OdstError,
  clockMs: () => number = () => 0,
): AsyncGenerator<GatheredChunk, void, undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  let failure: unknown;
  let wake = Promise.withResolvers<void>();

  const onData = (piece: Uint8Array) => {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < chunkSizeBytes) return;
    source.pause();
    wake.resolve();
  };
  const onEnd = () => {
    ended = true;
    wake.resolve();
  };
  const onError = (error: unknown) => {
    failure ??= error;
    wake.resolve();
  };
  const onClose = () => {
    if (!ended) onError(endedEarly());
  };
  source.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  if (source.destroyed) onClose();
  try {
    for (;;) {
      const waitsFromMs = clockMs();
      await wake.promise;
      let waitedMs = clockMs() - waitsFromMs;
      if (failure !== undefined) throw failure;
      wake = Promise.withResolvers<void>();
      while (bytes >= chunkSizeBytes) {
        bytes -= chunkSizeBytes;
        yield { pieces: cut(pieces, chunkSizeBytes), length: chunkSizeBytes, waitedMs };
        waitedMs = 0;
        if (failure !== undefined) throw failure;
      }
      if (ended) {
        if (bytes > 0) yield { pieces: pieces.splice(0), length: bytes, waitedMs };
        return;
      }
      source.resume();
    }
  } finally {
    source.off('data', onData).off('end', onEnd).off('close', onClose);
    // An error of an abandoned stream is nobody's any more, but without a listener it would end the process.
    source.on('error', () => undefined).off('error', onError);
  }
}

/** Takes the first `length` bytes off the front of `pieces`. */
function cut(pieces: Uint8Array[], length: number): readonly Uint8Array[] {
  let taken = 0;
  let count = 0;
  for (const piece of pieces) {
    if (taken + piece.length > length) break;
    taken += piece.length;
    count += 1;
    if (taken === length) break;
  }
  const cutOff = pieces.splice(0, count);
  const next = pieces[0];
  if (taken < length && next !== undefined) {
    cutOff.push(next.subarray(0, length - taken));
    pieces[0] = next.subarray(length - taken);
  }
  return cutOff;
}
