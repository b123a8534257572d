import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import { encodeManifest, toHex } from '../domain/manifest.ts';
import { type GatheredChunk, gatherChunks } from './gather-chunks.ts';
import { type HashPool, slotsPerTransfer } from './hashing.ts';

/** A file that was received, written and hashed, but not made durable. */
export type ReceivedFile = {
  readonly sizeBytes: number;
  readonly sha1: string;
  readonly sha256: string;
  /** Canonical bytes. */
  readonly manifest: Uint8Array;
  /** SHA-256 of the manifest, hex. */
  readonly manifestDigest: string;
};

const bothDigests = ['sha1', 'sha256'] as const;

/** Chunks after which the disk is told to begin: else all of it would wait for the end, and the client with it. */
const syncEveryChunks = 64;

/**
 * Writes a stream into a staging file and hashes it in the same pass: the file and each chunk, SHA-1 and SHA-256. Each
 * MiB is copied once, into a slot, from where it is written and hashed at the same time.
 * @throws OdstError STORAGE_UPLOAD_TOO_LARGE, STORAGE_UPLOAD_EMPTY, STORAGE_UPLOAD_TRUNCATED, STORAGE_DISK_FULL
 */
export async function receiveFile(
  hashPool: HashPool,
  staging: StagingFile,
  source: Readable,
  maxBytes: number,
): Promise<ReceivedFile> {
  using lane = hashPool.openLane(bothDigests);
  const chunkDigests: (readonly [Uint8Array, Uint8Array])[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let sizeBytes = 0;

  const take = async (chunk: GatheredChunk, index: number): Promise<void> => {
    if (underWay.size >= slotsPerTransfer) await Promise.race(underWay);
    const slot = await hashPool.takeSlot();
    let at = 0;
    for (const piece of chunk.pieces) {
      slot.bytes.set(piece, at);
      at += piece.length;
    }
    // The file's digest first: it has a thread of its own, and the chunk's then goes to the other.
    const work = [
      lane.update(slot, chunk.length),
      hashPool.digest(slot, chunk.length, bothDigests).then((digests) => {
        chunkDigests[index] = digests;
      }),
      staging.write(slot.bytes.subarray(0, chunk.length), index * chunkSizeBytes),
    ];
    const done = Promise.allSettled(work).then((outcomes) => {
      slot.release();
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) failure ??= { error: failed.reason };
      underWay.delete(done);
    });
    underWay.add(done);
  };

  let syncing: Promise<void> | undefined;
  const syncBehind = () => {
    syncing ??= staging
      .sync()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        syncing = undefined;
      });
  };

  try {
    let index = 0;
    for await (const chunk of gatherChunks(source, truncated)) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      await take(chunk, index);
      if (failure !== undefined) throw failure.error;
      index += 1;
      if (index % syncEveryChunks === 0) syncBehind();
    }
  } finally {
    // Slots that a thread or the disk still reads are nobody else's yet.
    await Promise.all(underWay);
    await syncing;
  }
  if (failure !== undefined) throw failure.error;
  if (sizeBytes === 0) throw new OdstError('STORAGE_UPLOAD_EMPTY', 'the file is empty', { pointer: '/file' });
  const [sha1, sha256] = await lane.finish();
  return sealed(sizeBytes, toHex(sha1), toHex(sha256), chunkDigests);
}

function sealed(
  sizeBytes: number,
  sha1: string,
  sha256: string,
  chunkDigests: readonly (readonly [Uint8Array, Uint8Array])[],
): ReceivedFile {
  const manifest = encodeManifest({
    sizeBytes,
    sha1,
    sha256,
    chunkSha1s: Buffer.concat(chunkDigests.map(([chunkSha1]) => chunkSha1)),
    chunkSha256s: Buffer.concat(chunkDigests.map(([, chunkSha256]) => chunkSha256)),
  });
  return { sizeBytes, sha1, sha256, manifest, manifestDigest: createHash('sha256').update(manifest).digest('hex') };
}

/** The refusal of a file, or a declared size, above the limit. */
export function tooLarge(maxBytes: number): OdstError {
  return new OdstError('STORAGE_UPLOAD_TOO_LARGE', `a file may have at most ${maxBytes} bytes`, { maxBytes, pointer: '/file' });
}

function truncated(): OdstError {
  return new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the body ended before it was complete');
}
