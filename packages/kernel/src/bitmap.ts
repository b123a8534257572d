/**
 * A set of small whole numbers, one bit each: which chunks of a blob are verified.
 * Mutable on purpose: copying a set for each of thousands of chunk events made folding two hundred times slower.
 */
export class Bitmap {
  readonly length: number;
  readonly #bytes: Uint8Array;
  #size = 0;

  /** An empty set of numbers from 0 to `length` − 1. */
  constructor(length: number) {
    this.length = length;
    this.#bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /** How many numbers are in the set. */
  get size(): number {
    return this.#size;
  }

  /** Whether all of 0 … length − 1 are in. */
  get complete(): boolean {
    return this.#size === this.length;
  }

  has(index: number): boolean {
    return index < this.length && ((this.#bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Adds `index`; false when it was in already. @throws RangeError outside 0 … length − 1 */
  add(index: number): boolean {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`bit ${index} outside 0..${this.length - 1}`);
    }
    if (this.has(index)) return false;
    this.#bytes[index >> 3] = (this.#bytes[index >> 3] ?? 0) | (1 << (index & 7));
    this.#size += 1;
    return true;
  }

  /** The numbers from `from` (inclusive) to `to` (exclusive) that are not in the set, ascending. */
  *missing(from = 0, to = this.length): Generator<number> {
    for (let index = from; index < to; index += 1) if (!this.has(index)) yield index;
  }

  /**
   * How full each of so many equal parts is, in whole percent; 100 only where nothing is missing.
   * @param parts At most; there are no more than numbers
   */
  shares(parts: number): number[] {
    const count = Math.min(parts, this.length);
    return Array.from({ length: count }, (_, part) => {
      const from = Math.floor((part * this.length) / count);
      const to = Math.floor(((part + 1) * this.length) / count);
      let had = 0;
      for (let index = from; index < to; index += 1) if (this.has(index)) had += 1;
      return Math.floor((100 * had) / (to - from));
    });
  }

  /** Least significant bit first, one bit a number, in base64. */
  toBase64(): string {
    return Buffer.from(this.#bytes).toString('base64');
  }

  /** The reverse of {@link toBase64}; bits beyond `length` are ignored. */
  static fromBase64(text: string, length: number): Bitmap {
    const bytes = Buffer.from(text, 'base64');
    const bitmap = new Bitmap(length);
    for (let index = 0; index < length; index += 1) {
      if (((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0) bitmap.add(index);
    }
    return bitmap;
  }
}
