import { OdstError } from '@odst/kernel';
import type { DiskSpace } from './disk-space.ts';

const gibibyte = 1_073_741_824;

/** How much of a volume is never given to blobs. */
export type DiskReserve = {
  /** Share of the volume, 0 to 1. Default 0.05. */
  readonly share?: number;
  /** At least this much. Default 2 GiB. */
  readonly minBytes?: number;
};

/** Room that is promised to one file. */
export interface Reservation extends Disposable {
  /** Bytes that are still to come. */
  readonly remainingBytes: number;
  /**
   * Promises more room.
   * @throws OdstError STORAGE_DISK_FULL
   */
  grow(bytes: number): Promise<void>;
  /** Takes written bytes off: from now on the volume itself counts them. */
  consume(bytes: number): void;
}

/** Promises room on one volume so that all promises of this process together leave the reserve alone. */
export interface SpaceLedger {
  /**
   * Promises room for bytes to come, until disposed.
   * @throws OdstError STORAGE_DISK_FULL; details: `neededBytes`, `availableBytes`
   */
  reserve(bytes: number): Promise<Reservation>;
}

/** Builds the ledger of a volume. */
export function createSpaceLedger(disk: DiskSpace, reserve: DiskReserve = {}): SpaceLedger {
  const { share = 0.05, minBytes = 2 * gibibyte } = reserve;
  let promisedBytes = 0;

  const promise = async (bytes: number): Promise<void> => {
    const promisedBefore = promisedBytes;
    const { totalBytes, freeBytes } = await disk.measure();
    // What was written while the volume was measured may be missing in both figures: the larger promise is the safe one.
    const promised = Math.max(promisedBefore, promisedBytes);
    const availableBytes = Math.max(0, freeBytes - Math.max(totalBytes * share, minBytes) - promised);
    if (bytes > availableBytes) {
      throw new OdstError(
        'STORAGE_DISK_FULL',
        `${bytes} bytes are needed and ${Math.floor(availableBytes)} are available above the reserve`,
        { neededBytes: bytes, availableBytes: Math.floor(availableBytes) },
      );
    }
    promisedBytes += bytes;
  };

  return {
    async reserve(bytes) {
      await promise(bytes);
      let remainingBytes = bytes;
      const giveBack = (amount: number) => {
        const given = Math.min(amount, remainingBytes);
        remainingBytes -= given;
        promisedBytes -= given;
      };
      return {
        get remainingBytes() {
          return remainingBytes;
        },
        async grow(more) {
          await promise(more);
          remainingBytes += more;
        },
        consume: giveBack,
        [Symbol.dispose]: () => giveBack(remainingBytes),
      };
    },
  };
}
