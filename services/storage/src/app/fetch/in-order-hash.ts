import type { StagingFile } from '@odst/blob-store';
import { type Bitmap, chunkSizeBytes } from '@odst/kernel';
import { toHex } from '../../domain/manifest.ts';
import type { HashPool, Slot } from '../hashing.ts';

/**
 * SHA-256 of a file whose chunks arrive in any order: it follows behind the first gap. A chunk that arrives when it is
 * the next one is hashed from memory; others are read back, from the page cache, when the gap before them closes.
 */
export interface InOrderHash extends AsyncDisposable {
  /** Offers a verified chunk while it is in memory; resolves when its slot is free again. It is to be in `verified` already. */
  offer(chunk: number, slot: Slot, length: number): Promise<void>;
  /** Digest of the whole file, hex; to be called when all chunks are verified. */
  finish(): Promise<string>;
}

/** Builds the hash of a file that is `sizeBytes` long. Chunks that are verified already are read back at once. */
export function createInOrderHash(hashPool: HashPool, staging: StagingFile, verified: Bitmap, sizeBytes: number): InOrderHash {
  const lane = hashPool.openLane(['sha256']);
  let next = 0;
  let stopped = false;
  let catchingUp: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const readBack = async (): Promise<void> => {
    while (!stopped && verified.has(next)) {
      const slot = await hashPool.takeSlot();
      try {
        const length = Math.min(chunkSizeBytes, sizeBytes - next * chunkSizeBytes);
        const read = await staging.read(slot.bytes.subarray(0, length), next * chunkSizeBytes);
        if (read !== length) throw new Error(`the partial file ends within chunk ${next}, which was verified`);
        await lane.update(slot, length);
      } finally {
        slot.release();
      }
      next += 1;
    }
  };
  const catchUp = (): void => {
    if (catchingUp !== undefined || stopped || !verified.has(next)) return;
    catchingUp = readBack()
      .catch((error: unknown) => {
        failure = { error };
        stopped = true;
      })
      .finally(() => {
        catchingUp = undefined;
        catchUp();
      });
  };
  catchUp();

  return {
    async offer(chunk, slot, length) {
      if (stopped || catchingUp !== undefined || chunk !== next) {
        catchUp();
        return;
      }
      next += 1;
      const updated = lane.update(slot, length);
      catchUp();
      await updated;
    },
    async finish() {
      while (catchingUp !== undefined) await catchingUp;
      if (failure !== undefined) throw failure.error;
      const [sha256] = await lane.finish();
      return toHex(sha256);
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      await catchingUp;
      lane[Symbol.dispose]();
    },
  };
}
