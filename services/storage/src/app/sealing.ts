import { isOdstError, OdstError } from '@odst/kernel';
import { ChunkDigests } from '../domain/chunk-digests.ts';
import type { StorageDeps } from './deps.ts';
import { createSealBlob } from './seal-blob.ts';
import { createSealPauses } from './seal-pauses.ts';

/** Makes the manifests that uploads did not wait for. Disposing waits for those that are given up when the server stops. */
export interface Sealing extends AsyncDisposable {
  /**
   * Resolves when the blob has its manifest, or is not held any more. A second call for a blob waits for the first. What fails
   * is logged, and done again by the sweep: the next one where only the database was away, else
   * after a pause of a minute that grows to an hour, and until then this rejects with the same reason at once.
   * @param known digests of chunks that need not be made again; gets the others. From whoever has just written the bytes, so
   *   no pause counts with them. Default none
   * @throws OdstError STORAGE_BLOB_UNKNOWN when its file is gone; STORAGE_BLOB_CORRUPT when the bytes are not what was received:
   *   nothing is signed then; COMMON_SERVICE_UNAVAILABLE when the server stops
   */
  seal(sha256: string, known?: ChunkDigests): Promise<void>;
  /**
   * Begins to seal what was left unsealed, one after the other, so that uploads of now wait for one of them at most, and
   * returns. What was still to come of an earlier call gives way to these.
   */
  resume(sha256s: readonly string[]): void;
}

/** Builds it. @param stopping aborted when the server stops */
export function createSealing<Transaction>(deps: StorageDeps<Transaction>, stopping: AbortSignal): Sealing {
  const sealBlob = createSealBlob(deps, stopping);
  const running = new Map<string, Promise<void>>();
  const pauses = createSealPauses(deps.elapsedMs);
  let left: string[] = [];
  let resumed: Promise<void> | undefined;

  /** Notes why a seal failed; gives what to tell those who wait for it. */
  const failed = (sha256: string, error: unknown): unknown => {
    if (stopping.aborted) {
      deps.logger.info({ blob: sha256 }, 'the server stops before the manifest of a blob is made; the next start makes it');
      return new OdstError(
        'COMMON_SERVICE_UNAVAILABLE',
        'the server stops; the next start makes the manifest',
        {},
        { cause: error },
      );
    }
    if (isOdstError(error, 'COMMON_DATABASE_UNAVAILABLE')) {
      deps.logger.warn({ err: error, blob: sha256 }, 'the manifest of a blob could not be made yet; the next sweep tries again');
      return error;
    }
    pauses.failed(sha256, error);
    deps.logger.error(
      { err: error, blob: sha256 },
      'the manifest of a blob cannot be made; its packages do not reach other servers. It is tried again',
    );
    return error;
  };

  const seal = (sha256: string, known?: ChunkDigests): Promise<void> => {
    const underWay = running.get(sha256);
    if (underWay !== undefined) return underWay;
    const paused = known === undefined ? pauses.during(sha256) : undefined;
    if (paused !== undefined) return Promise.reject(paused.error);
    const mine = sealBlob(sha256, known ?? new ChunkDigests())
      .then(
        () => pauses.done(sha256),
        (error: unknown) => {
          throw failed(sha256, error);
        },
      )
      .finally(() => {
        running.delete(sha256);
      });
    running.set(sha256, mine);
    return mine;
  };

  const sealLeft = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined && !stopping.aborted; next = left.shift()) {
      await seal(next).catch(() => undefined); // it is logged
    }
  };

  return {
    seal,
    resume(sha256s) {
      left = [...sha256s];
      resumed ??= sealLeft().finally(() => {
        resumed = undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...running.values(), resumed]);
    },
  };
}
