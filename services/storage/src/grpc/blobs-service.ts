import type { BlobStore } from '@odst/blob-store';
import { BlobsServiceService } from '@odst/contracts/storage';
import { type ServedService, serve } from '@odst/grpc';
import type { Metrics } from '@odst/telemetry';
import type { Fetches } from '../app/fetch/fetches.ts';
import type { HoldBlobs } from '../app/hold-blobs.ts';
import { listHeld } from '../app/list-held.ts';
import type { LoadManifest } from '../app/load-manifest.ts';
import type { BlobIndex } from '../app/ports.ts';

/** What the handlers use. */
export type BlobsServiceDeps = {
  readonly fetches: Fetches;
  readonly holdBlobs: HoldBlobs;
  readonly blobIndex: Pick<BlobIndex<never>, 'listVerified' | 'heldBytes' | 'unreferencedBytes'>;
  readonly loadManifest: LoadManifest;
  readonly blobStore: Pick<BlobStore, 'find' | 'usage'>;
  /** Bytes of the volume that are kept free. */
  readonly reserveBytes: number;
  readonly metrics: Pick<Metrics, 'total'>;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
};

/** `odst.storage.v1.BlobsService`. */
export function serveBlobs(deps: BlobsServiceDeps): ServedService {
  const { fetches, holdBlobs, blobIndex, loadManifest, blobStore, reserveBytes, metrics, stopping } = deps;
  return serve(BlobsServiceService, {
    async *fetchBlob(request, { signal }) {
      const progress = fetches.fetch({ ...request, sizeBytes: Number(request.sizeBytes) }, AbortSignal.any([signal, stopping]));
      for await (const { verifiedBytes, sizeBytes, complete, strip } of progress) {
        yield { verifiedBytes: BigInt(verifiedBytes), sizeBytes: BigInt(sizeBytes), complete, strip: [...strip] };
      }
    },
    async holdBlobs({ sha256s }, { metadata }) {
      const held = await holdBlobs(sha256s, metadata);
      return {
        sha256s: held.map(({ sha256 }) => sha256),
        manifestDigests: held.map(({ manifestDigest }) => manifestDigest),
      };
    },
    listHeld: (request) => listHeld({ blobIndex, blobStore }, request),
    async getManifest({ sha256 }) {
      const { bytes, manifest } = await loadManifest(sha256);
      return { manifest: bytes, chunkSha1s: manifest.chunkSha1s };
    },
    async getDisk() {
      const [{ totalBytes, freeBytes, usedBytes }, heldBytes, unreferencedBytes] = await Promise.all([
        blobStore.usage(),
        blobIndex.heldBytes(),
        blobIndex.unreferencedBytes(),
      ]);
      const traffic = {
        uploadedBytes: BigInt(metrics.total('odst_upload_bytes_total')),
        downloadedBytes: BigInt(metrics.total('odst_download_bytes_total')),
        syncReceivedBytes: BigInt(metrics.total('odst_sync_received_bytes_total')),
        syncSentBytes: BigInt(metrics.total('odst_sync_sent_bytes_total')),
      };
      const volume = { totalBytes: BigInt(totalBytes), freeBytes: BigInt(freeBytes), usedBytes: BigInt(usedBytes) };
      const kept = { reserveBytes: BigInt(reserveBytes), unreferencedBytes: BigInt(unreferencedBytes) };
      return { ...volume, traffic, heldBytes: BigInt(heldBytes), ...kept };
    },
  });
}
