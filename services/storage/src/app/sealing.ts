import { createHash } from 'node:crypto';
import type { BlobReader } from '@odst/blob-store';
import { chunkCount, chunkSizeBytes, isOdstError } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import { type ChunkDigests, encodeManifest, manifestOf } from '../domain/manifest.ts';
import { ownContext, type StorageDeps } from './deps.ts';
import { createGate } from './gate.ts';
import { bothDigests, slotsPerTransfer } from './hashing.ts';
import type { HeldBlob } from './ports.ts';

/** Blobs that are read back at once: more would only take the disk and the slots from transfers. */
const blobsAtOnce = 2;

/** Makes the manifests that uploads did not wait for. Disposing waits for those that are given up when the server stops. */
export interface Sealing extends AsyncDisposable {
  /**
   * Resolves when the blob has its manifest, or is not here any more. A second call for a blob waits for the first. Rejects with
   * the reason when the server stops; the sweep does it again.
   * @param known digests of chunks that need not be read again. Default none
   */
  seal(sha256: string, known?: ReadonlyMap<number, ChunkDigests>): Promise<void>;
}

/** The manifest of a file of which every chunk's digests are known, and its own digest. */
export function sealedBytes(
  file: Pick<HeldBlob, 'sizeBytes' | 'sha1' | 'sha256'>,
  chunks: ReadonlyMap<number, ChunkDigests>,
): { readonly bytes: Uint8Array; readonly digest: string } {
  const bytes = encodeManifest(manifestOf(file, chunks));
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Builds it. @param stopping aborted when the server stops */
export function createSealing<Transaction>(deps: StorageDeps<Transaction>, stopping: AbortSignal): Sealing {
  const running = new Map<string, Promise<void>>();
  const gate = createGate(blobsAtOnce);

  const sealNow = async (sha256: string, known: ReadonlyMap<number, ChunkDigests>): Promise<void> => {
    using _place = await gate.enter(stopping);
    const held = await deps.blobIndex.find(sha256);
    if (held === undefined || held.manifestDigest !== '') return;
    const chunks = await readMissing(deps, held, known, stopping);
    if (chunks === undefined) return;
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

  return {
    seal(sha256, known = new Map()) {
      const mine =
        running.get(sha256) ??
        sealNow(sha256, known).finally(() => {
          running.delete(sha256);
        });
      running.set(sha256, mine);
      return mine;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(running.values());
    },
  };
}

/** Reads and hashes the chunks whose digests are not known; undefined when the bytes are gone. */
async function readMissing<Transaction>(
  { blobStore, hashPool }: Pick<StorageDeps<Transaction>, 'blobStore' | 'hashPool'>,
  { sha256, sizeBytes }: HeldBlob,
  known: ReadonlyMap<number, ChunkDigests>,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, ChunkDigests> | undefined> {
  const chunks = new Map(known);
  const missing = Array.from({ length: chunkCount(sizeBytes) }, (_, index) => index).filter((index) => !chunks.has(index));
  if (missing.length === 0) return chunks;
  try {
    await using reader = await blobStore.open(sha256);
    const readers = Array.from({ length: slotsPerTransfer / 2 }, async () => {
      try {
        for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
          signal.throwIfAborted();
          chunks.set(index, await readChunk(hashPool, reader, index));
        }
      } catch (error) {
        missing.length = 0; // the others need not go on
        throw error;
      }
    });
    const failed = (await Promise.allSettled(readers)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    if (isOdstError(error, 'STORAGE_BLOB_UNKNOWN')) return undefined;
    throw error;
  }
  return chunks;
}

async function readChunk(hashPool: StorageDeps<never>['hashPool'], reader: BlobReader, index: number): Promise<ChunkDigests> {
  const start = index * chunkSizeBytes;
  const length = Math.min(chunkSizeBytes, reader.sizeBytes - start);
  const slot = await hashPool.takeSlot();
  try {
    const read = await reader.read(slot.bytes.subarray(0, length), start);
    if (read !== length) throw new Error(`the blob ends within chunk ${index}`);
    return await hashPool.digest(slot, length, bothDigests);
  } finally {
    slot.release();
  }
}
