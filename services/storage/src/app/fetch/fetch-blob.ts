import type { StagingFile } from '@odst/blob-store';
import { type Bitmap, type Caller, chunkSizeBytes, OdstError, serviceCaller } from '@odst/kernel';
import { type BlobState, blobStream } from '../../domain/blob.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { StorageDeps } from '../deps.ts';
import { createHoldBlobs } from '../hold-blobs.ts';
import type { PeerBlobs } from '../ports.ts';
import { adoptPublished } from './adopt-published.ts';
import { checkedManifest } from './checked-manifest.ts';
import type { FetchRequest } from './fetch-request.ts';
import { recordVerified } from './record-verified.ts';
import { runTransfer } from './transfer.ts';

/** What fetching needs. */
export type FetchDeps<Transaction> = StorageDeps<Transaction> & { readonly peerBlobs: PeerBlobs };

/** Name of a blob's partial file. */
export function blobStaging(sha256: string): string {
  return `blob-${sha256}`;
}

/**
 * Fetches a blob from a peer, or goes on with it: manifest first, against the digest that the origin signed, then the
 * chunks that no event names, each against the manifest, then the whole file's SHA-256; only then it is a blob.
 * One caller at a time for each blob.
 * @param onVerified told the set of verified chunks before the first is fetched; it grows
 * @throws OdstError STORAGE_DISK_FULL before the first byte; STORAGE_PEER_FAILED, STORAGE_CHUNK_CORRUPT: what is
 *   verified stays; STORAGE_MANIFEST_INVALID
 */
export async function fetchBlob<Transaction>(
  deps: FetchDeps<Transaction>,
  request: FetchRequest,
  signal: AbortSignal,
  onVerified: (verified: Bitmap) => void,
): Promise<void> {
  const { sha256, sourceIss } = request;
  const caller = serviceCaller('storage', deps.newId());
  const [held] = await createHoldBlobs(deps)([sha256], caller);
  if (held !== undefined) return;
  if (await adoptPublished(deps, request, caller)) return;
  const { bytes, grant } = await deps.peerBlobs.fetchManifest(sourceIss, sha256, signal);
  const manifest = checkedManifest(bytes, request);

  const { staging: opened, state } = await beginFetch(deps, request, bytes, caller);
  await using staging = opened;
  if (state.status !== 'fetching') return; // an upload brought it meanwhile
  onVerified(state.verified);

  const persist = async (chunks: readonly number[]) => {
    await staging.sync();
    await deps.streams.blobs.run({
      stream: blobStream(sha256),
      command: () => ({ type: 'VerifyChunks', blob: sha256, chunks, source: sourceIss }),
      metadata: { ...caller, commandId: deps.newId() },
    });
    await deps.faultPoint('storage.chunk-group');
  };
  const whole = await runTransfer(
    deps,
    { sha256, peerIss: sourceIss, manifest, staging, verified: state.verified, persist, grant },
    signal,
  );
  if (whole !== sha256) await refuseWhole(deps, sha256, staging, caller);
  await publish(deps, request, manifest, staging, caller);
}

/** Opens the partial file and notes the fetch, under the content's lock: a partial file that is being removed is gone before, or stays. */
function beginFetch<Transaction>(
  deps: FetchDeps<Transaction>,
  { sha256, sizeBytes, manifestDigest, sourceIss }: FetchRequest,
  manifest: Uint8Array,
  caller: Caller,
): Promise<{ readonly staging: StagingFile; readonly state: BlobState }> {
  return deps.contentLock.run(sha256, async () => {
    await using stack = new AsyncDisposableStack();
    const staging = stack.use(await deps.blobStore.openStaging(blobStaging(sha256), sizeBytes, { bypassCache: true }));
    await forgetLostBytes(deps, sha256, staging, caller);
    const { state } = await deps.streams.blobs.run({
      stream: blobStream(sha256),
      command: () => ({ type: 'StartFetch', blob: sha256, sizeBytes, manifestDigest, source: sourceIss }),
      metadata: { ...caller, commandId: deps.newId() },
      alongside: async (transaction, after) => {
        await deps.manifests.save(transaction, { digest: manifestDigest, sha256, bytes: manifest });
        await deps.blobIndex.save(transaction, sha256, after);
      },
    });
    stack.move();
    return { staging, state };
  });
}

/** Chunks that events name must be in the partial file; if somebody removed it, the events are overruled by one that says so. */
async function forgetLostBytes<Transaction>(
  deps: FetchDeps<Transaction>,
  sha256: string,
  staging: StagingFile,
  caller: Caller,
): Promise<void> {
  await remove(deps, sha256, 'the partial file was lost', caller, (blob) => {
    if (blob.status !== 'fetching') return false;
    const { verified, sizeBytes } = blob;
    const last = Array.from({ length: verified.length }, (_, chunk) => chunk).findLast((chunk) => verified.has(chunk));
    return staging.openedSizeBytes < (last === undefined ? 0 : Math.min((last + 1) * chunkSizeBytes, sizeBytes));
  });
}

/** Every chunk matched its manifest and the file does not match its name: disk or manifest lie, so nothing of it is kept. */
async function refuseWhole<Transaction>(
  deps: FetchDeps<Transaction>,
  sha256: string,
  staging: StagingFile,
  caller: Caller,
): Promise<never> {
  await remove(deps, sha256, 'the whole file does not match its SHA-256', caller);
  await staging[Symbol.asyncDispose]();
  await deps.blobStore.discardStaging(blobStaging(sha256));
  throw new OdstError('STORAGE_MANIFEST_INVALID', 'all chunks match the manifest, but the file does not match its SHA-256');
}

async function remove<Transaction>(
  deps: FetchDeps<Transaction>,
  sha256: string,
  reason: string,
  caller: Caller,
  isLost: (blob: BlobState) => boolean = () => true,
): Promise<void> {
  await deps.streams.blobs.run({
    stream: blobStream(sha256),
    command: (blob) => (isLost(blob) ? { type: 'RemoveBlob', blob: sha256, reason } : undefined),
    metadata: { ...caller, commandId: deps.newId() },
    alongside: (transaction, state) => deps.blobIndex.save(transaction, sha256, state),
  });
}

async function publish<Transaction>(
  deps: FetchDeps<Transaction>,
  request: FetchRequest,
  { sha1 }: Manifest,
  staging: StagingFile,
  caller: Caller,
): Promise<void> {
  await deps.contentLock.run(request.sha256, async () => {
    await deps.blobStore.publish(staging, request.sha256);
    await recordVerified(deps, request, sha1, caller);
  });
}
