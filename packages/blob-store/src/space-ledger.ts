import { OdstError } from '@odst/kernel';
import type { DiskSpace } from './disk-space.ts';

/** Setting of how much of the volume is left alone. */
const reserveSetting = 'ODST_DISK_RESERVE_BYTES';

/** What a volume keeps free where nothing else is said: 1 GiB. */
export const defaultReserveBytes = 1_073_741_824;

/** Room that is promised to one file. */
export interface Reservation extends Disposable {
  /** Bytes that are still to come. */
  readonly remainingBytes: number;
  /**
   * Promises more room: `wishedBytes` where there is so much, else what there is, and at least `bytes`.
   * @throws OdstError STORAGE_DISK_FULL as `reserve`
   */
  grow(bytes: number, wishedBytes?: number): Promise<void>;
  /** Takes written bytes off: from now on the volume itself counts them. */
  consume(bytes: number): void;
}

/** Promises room on one volume so that all promises of this process together leave the reserve alone. */
export interface SpaceLedger {
  /**
   * Promises room for bytes to come, until disposed.
   * @throws OdstError STORAGE_DISK_FULL, whose message names all that follows; details, each in bytes: `neededBytes`, `freeBytes` of the
   *   volume, `promisedBytes` to others, `reserveBytes`, `availableBytes`, which is what the first three leave
   */
  reserve(bytes: number): Promise<Reservation>;
}

/**
 * Builds the ledger of a volume.
 * @param reserveBytes what is never promised, whatever the size of the volume. Default 1 GiB
 */
export function createSpaceLedger(disk: DiskSpace, reserveBytes: number = defaultReserveBytes): SpaceLedger {
  let promisedBytes = 0;

  /** @param ownBytes what `promisedBytes` has of the asking file itself */
  const promise = async (bytes: number, wishedBytes: number, ownBytes: () => number): Promise<number> => {
    const promisedBefore = promisedBytes;
    const { freeBytes } = await disk.measure();
    // What was written while the volume was measured may be missing in both figures: the larger promise is the safe one.
    const promised = Math.max(promisedBefore, promisedBytes);
    const availableBytes = Math.max(0, freeBytes - reserveBytes - promised);
    if (bytes > availableBytes) {
      const othersBytes = Math.max(0, promised - ownBytes());
      throw noRoom({ neededBytes: bytes, freeBytes, promisedBytes: othersBytes, reserveBytes, availableBytes });
    }
    const given = Math.min(availableBytes, Math.max(bytes, wishedBytes));
    promisedBytes += given;
    return given;
  };

  return {
    async reserve(bytes) {
      let remainingBytes = await promise(bytes, bytes, () => 0);
      const giveBack = (amount: number) => {
        const given = Math.min(amount, remainingBytes);
        remainingBytes -= given;
        promisedBytes -= given;
      };
      return {
        get remainingBytes() {
          return remainingBytes;
        },
        async grow(more, wishedBytes = more) {
          remainingBytes += await promise(more, wishedBytes, () => remainingBytes);
        },
        consume: giveBack,
        [Symbol.dispose]: () => giveBack(remainingBytes),
      };
    },
  };
}

type Shortage = Readonly<Record<'neededBytes' | 'freeBytes' | 'promisedBytes' | 'reserveBytes' | 'availableBytes', number>>;

/** The refusal, with each figure that led to it: an admin can check them with `df`, and sees which one to change. */
function noRoom(shortage: Shortage): OdstError {
  const { neededBytes, freeBytes, promisedBytes, reserveBytes, availableBytes } = shortage;
  const message = [
    `${sizeText(neededBytes)} are needed and ${sizeText(availableBytes)} are available: of ${sizeText(freeBytes)} that are free on the volume,`,
    `${sizeText(promisedBytes)} are reserved for other uploads and transfers under way`,
    `and ${sizeText(reserveBytes)} are kept free (${reserveSetting}).`,
    `Nothing was stored and nothing was lost. Free space on the volume, or start the server with a lower ${reserveSetting}; uploads are to be sent again then, transfers go on by themselves`,
  ].join(' ');
  return new OdstError('STORAGE_DISK_FULL', message, shortage);
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `125829127 bytes (120.0 MiB)`; small ones without the second form. */
function sizeText(bytes: number): string {
  const exponent = Math.min(units.length, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const unit = units[exponent - 1];
  return unit === undefined ? `${bytes} bytes` : `${bytes} bytes (${(bytes / 1024 ** exponent).toFixed(1)} ${unit})`;
}
