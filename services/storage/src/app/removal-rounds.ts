import { type NextRun, pause } from '@odst/async';
import { type ErrorCode, isOdstError } from '@odst/kernel';
import type { StorageDeps } from './deps.ts';
import type { StoredBlob } from './ports.ts';
import { finishRemovals, reviewBlob } from './remove-blob.ts';
import { createUnknownFiles, type UnknownFiles } from './unknown-files.ts';

/** When what nothing names is looked for, and when it goes. */
export type RemovalPace = {
  /** How long nothing may have named or used a content before its bytes are removed, in milliseconds. Default 24 h */
  readonly delayMs: number;
  /** From the end of one round to the beginning of the next, in milliseconds. Default 1 h */
  readonly everyMs: number;
  /** From the start to the first round, in milliseconds: the other services are to be there. Default 15 s */
  readonly firstAfterMs: number;
  /** Blobs that are looked at before the round pauses. Default 50 */
  readonly batchSize: number;
  /** That pause, in milliseconds. Default 100 */
  readonly batchPauseMs: number;
};

/** What a server does where nothing else is passed in. */
export const defaultRemovalPace: RemovalPace = {
  delayMs: 24 * 3_600_000,
  everyMs: 3_600_000,
  firstAfterMs: 15_000,
  batchSize: 50,
  batchPauseMs: 100,
};

/** With these it is of no use to ask about the next one. */
const awayCodes: readonly ErrorCode[] = ['COMMON_SERVICE_UNAVAILABLE', 'COMMON_DEADLINE_EXCEEDED', 'COMMON_DATABASE_UNAVAILABLE'];

/** The search for blobs that nothing names. */
export interface RemovalRounds {
  /**
   * One round. The first one only finishes removals that a crash broke off. Each later one asks catalog about every blob, one at a
   * time; what is noted in one round is removed in a later one at the earliest.
   * @throws at once when catalog or the database is away; what fails with one blob alone at the end
   */
  run(signal: AbortSignal): Promise<NextRun>;
  /** Bytes of files that the last round found and that the database does not know. */
  readonly unknownBytes: number;
}

/** Builds it. @param fetches contents that are being fetched right now */
export function createRemovalRounds<Transaction>(
  deps: StorageDeps<Transaction>,
  fetches: ReadonlySet<string>,
  pace: RemovalPace,
): RemovalRounds {
  const { delayMs, everyMs, firstAfterMs, batchSize, batchPauseMs } = pace;
  const unknownFiles: UnknownFiles = createUnknownFiles(deps, delayMs);
  let isFirst = true;

  const review = async (signal: AbortSignal): Promise<void> => {
    let failure: { readonly error: unknown } | undefined;
    let batch: readonly StoredBlob[];
    let after = '';
    do {
      batch = await deps.blobIndex.listStored(after, batchSize);
      for (const blob of batch) {
        if (signal.aborted) return;
        after = blob.sha256;
        const until = new Date(deps.clock.now().getTime() - delayMs);
        await reviewBlob(deps, blob, until, () => fetches.has(blob.sha256)).catch((error: unknown) => {
          if (isOdstError(error) && awayCodes.includes(error.code)) throw error;
          failure ??= { error };
        });
      }
      await pause(batchPauseMs, signal);
    } while (batch.length > 0);
    if (failure !== undefined) throw failure.error;
  };

  return {
    get unknownBytes() {
      return unknownFiles.sizeBytes;
    },
    async run(signal) {
      await finishRemovals(deps);
      if (isFirst) {
        isFirst = false;
        return { nextMs: firstAfterMs };
      }
      await review(signal);
      await unknownFiles.look();
      return { nextMs: everyMs };
    },
  };
}
