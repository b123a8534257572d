import { createHash } from 'node:crypto';
import { chunkCount, OdstError } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import { ChunkDigests } from '../domain/chunk-digests.ts';
import { encodeManifest } from '../domain/manifest.ts';
import { ownContext, type StorageDeps } from './deps.ts';
import { createGate } from './gate.ts';
import type { HeldBlob } from './ports.ts';
import { readChunkDigests } from './read-chunk-digests.ts';

/** Blobs that are read back at once: more would only take the disk and the slots from transfers. */
const blobsAtOnce = 2;

/** One more is read back where it has at most so many bytes: else a small one would wait for minutes behind large ones. */
const smallBytes = 1_073_741_824;

/** Time after which the sweep tries again what failed, doubled with each failure. */
const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;

/** Makes the manifests that uploads did not wait for. Disposing waits for those that are given up when the server stops. */
export interface Sealing extends AsyncDisposable {
  /**
   * Resolves when the blob has its manifest, or is not held any more. A second call for a blob waits for the first. The sweep
   * does again what failed.
   * @param known digests of chunks that need not be made again; gets the others. Default none
   * @throws OdstError STORAGE_BLOB_UNKNOWN when its file is gone; STORAGE_BLOB_CORRUPT when the bytes are not what was received:
   *   nothing is signed then; COMMON_SERVICE_UNAVAILABLE when the server stops
   */
  seal(sha256: string, known?: ChunkDigests): Promise<void>;
  /** Begins to seal what was left unsealed, without waiting for it; what failed lately has its time first. Failures are logged. */
  resume(sha256s: readonly string[]): void;
}

/** The manifest of a file of which every chunk's digests are known, and its own digest. */
export function sealedBytes(
  file: Pick<HeldBlob, 'sizeBytes' | 'sha1' | 'sha256'>,
  chunks: ChunkDigests,
): { readonly bytes: Uint8Array; readonly digest: string } {
  const bytes = encodeManifest({ ...file, ...chunks.lists(chunkCount(file.sizeBytes)) });
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Builds it. @param stopping aborted when the server stops */
export function createSealing<Transaction>(deps: StorageDeps<Transaction>, stopping: AbortSignal): Sealing {
  const running = new Map<string, Promise<void>>();
  const gate = createGate(blobsAtOnce);
  const gateOfSmall = createGate(1);
  const failed = new Map<string, { readonly times: number; readonly againAt: number }>();

  const readBack = async (held: HeldBlob, chunks: ChunkDigests): Promise<void> => {
    using _place = await (held.sizeBytes <= smallBytes ? gateOfSmall : gate).enter(stopping);
    await readChunkDigests(deps, held, chunks, stopping);
  };
  const sealNow = async (sha256: string, chunks: ChunkDigests): Promise<void> => {
    const held = await deps.blobIndex.find(sha256);
    if (held === undefined || held.manifestDigest !== '') return;
    if (chunks.size < chunkCount(held.sizeBytes)) await readBack(held, chunks);
    const { bytes, digest } = sealedBytes(held, chunks);
    await deps.faultPoint('storage.before-seal');
    // Under the lock, so that an upload that registers the content meanwhile does it wholly before or after.
    await deps.contentLock.run(sha256, () =>
      deps.streams.blobs.run({
        stream: blobStream(sha256),
        command: { type: 'SealBlob', blob: sha256, manifestDigest: digest },
        metadata: { ...ownContext(deps.newId()), commandId: deps.newId() },
        alongside: async (transaction, state) => {
          await deps.manifests.save(transaction, { digest, sha256, bytes });
          await deps.blobIndex.save(transaction, sha256, state);
        },
      }),
    );
  };

  const seal = (sha256: string, known: ChunkDigests = new ChunkDigests()): Promise<void> => {
    const mine =
      running.get(sha256) ??
      sealNow(sha256, known)
        .catch((error: unknown) => {
          throw stopping.aborted ? stopped() : error;
        })
        .finally(() => {
          running.delete(sha256);
        });
    running.set(sha256, mine);
    return mine;
  };
  const sealAgain = async (sha256: string): Promise<void> => {
    try {
      await seal(sha256);
      failed.delete(sha256);
    } catch (error) {
      if (stopping.aborted) return; // the next start does it
      const times = (failed.get(sha256)?.times ?? 0) + 1;
      const waitMs = Math.min(firstRetryMs * 2 ** (times - 1), longestRetryMs);
      failed.set(sha256, { times, againAt: deps.elapsedMs() + waitMs });
      deps.logger.error(
        { err: error, blob: sha256, times, waitMs },
        'the manifest of a blob cannot be made; its packages do not reach other servers. It is tried again',
      );
    }
  };

  return {
    seal,
    resume(sha256s) {
      for (const sha256 of sha256s) {
        const due = (failed.get(sha256)?.againAt ?? 0) <= deps.elapsedMs();
        if (due && !running.has(sha256) && !stopping.aborted) void sealAgain(sha256);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(running.values());
    },
  };
}

function stopped(): OdstError {
  return new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server stops; the next start makes the manifest');
}
