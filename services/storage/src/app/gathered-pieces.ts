/** Pieces that are smaller cost more memory to keep than to copy: each is an object outside of the heap. */
const smallPieceBytes = 4_096;

/** Small pieces are copied into memory of this size. */
const packBytes = 8_192;

/** Bytes in the pieces in which they came. */
export interface GatheredPieces {
  readonly bytes: number;
  /** Adds a piece to the end, which nobody may change any more. */
  add(piece: Uint8Array): void;
  /** Takes the first `length` bytes, or all where there are fewer. */
  take(length: number): readonly Uint8Array[];
}

/** Keeps pieces in memory that does not grow with their number: a sender of single bytes takes little more than their sum. */
export function createGatheredPieces(): GatheredPieces {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  /** The last piece, while it is one of ours with room in it. */
  let pack: { readonly memory: Uint8Array; used: number } | undefined;

  return {
    get bytes() {
      return bytes;
    },
    add(piece) {
      if (piece.length === 0) return;
      bytes += piece.length;
      if (piece.length >= smallPieceBytes) {
        pack = undefined;
        pieces.push(piece);
        return;
      }
      if (pack === undefined || pack.used + piece.length > packBytes) {
        pack = { memory: new Uint8Array(packBytes), used: 0 };
        pieces.push(pack.memory);
      }
      pack.memory.set(piece, pack.used);
      pack.used += piece.length;
      pieces[pieces.length - 1] = pack.memory.subarray(0, pack.used);
    },
    take(length) {
      pack = undefined;
      bytes -= Math.min(bytes, length);
      return cut(pieces, length);
    },
  };
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
