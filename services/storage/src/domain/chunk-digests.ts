import type { Manifest } from './manifest.ts';

const sha1Bytes = 20;
const sha256Bytes = 32;
const firstCapacity = 64;

/** SHA-1 and SHA-256 of one chunk. */
export type DigestPair = readonly [sha1: Uint8Array, sha256: Uint8Array];

/**
 * Digests of the chunks of one file, those that are made so far. Mutable, and in two arrays that grow: a file of 64 GiB has
 * 65,536 pairs, which as small buffers would take many times their bytes.
 */
export class ChunkDigests {
  #sha1s = new Uint8Array(firstCapacity * sha1Bytes);
  #sha256s = new Uint8Array(firstCapacity * sha256Bytes);
  #known = new Uint8Array(firstCapacity);
  #size = 0;

  /** How many chunks have theirs. */
  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return this.#known[index] === 1;
  }

  /** Keeps the digests of a chunk. */
  set(index: number, [sha1, sha256]: DigestPair): void {
    if (index >= this.#known.length) this.#grow(Math.max(index + 1, 2 * this.#known.length));
    this.#sha1s.set(sha1, index * sha1Bytes);
    this.#sha256s.set(sha256, index * sha256Bytes);
    if (!this.has(index)) this.#size += 1;
    this.#known[index] = 1;
  }

  /** The chunk lists of a manifest of `count` chunks. @throws RangeError when the digests of one are missing */
  lists(count: number): Pick<Manifest, 'chunkSha1s' | 'chunkSha256s'> {
    const missing = Array.from({ length: count }, (_, index) => index).find((index) => !this.has(index));
    if (missing !== undefined) throw new RangeError(`the digests of chunk ${missing} are missing`);
    return {
      chunkSha1s: this.#sha1s.subarray(0, count * sha1Bytes),
      chunkSha256s: this.#sha256s.subarray(0, count * sha256Bytes),
    };
  }

  #grow(capacity: number): void {
    this.#sha1s = grown(this.#sha1s, capacity * sha1Bytes);
    this.#sha256s = grown(this.#sha256s, capacity * sha256Bytes);
    this.#known = grown(this.#known, capacity);
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
