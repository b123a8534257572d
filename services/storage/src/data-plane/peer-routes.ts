import { readBlob, readManifest, routeOf } from '@odst/api';
import type { BlobStore, ByteRange } from '@odst/blob-store';
import type { HttpApp } from '@odst/http';
import { type Clock, chunkSizeBytes } from '@odst/kernel';
import type { Metrics } from '@odst/telemetry';
import type { FastifyRequest } from 'fastify';
import type { Grants } from '../app/grants.ts';
import type { LoadManifest } from '../app/load-manifest.ts';
import type { TrustPort } from '../app/ports.ts';
import type { TrustedPeers } from '../app/trusted-peers.ts';
import { chunkSha256, type Manifest } from '../domain/manifest.ts';
import { type ServedBlob, serveBlob } from './serve-blob.ts';

/** What the routes for peers are made of. */
export type PeerRouteDeps = {
  readonly trust: Pick<TrustPort, 'verifyRequest'>;
  readonly grants: Grants;
  readonly trustedPeers: Pick<TrustedPeers, 'assertPeer' | 'watch'>;
  readonly loadManifest: LoadManifest;
  readonly blobStore: Pick<BlobStore, 'open'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'add'>;
};

/**
 * Mounts what peers ask for: `GET /api/ods/v1/blobs/{sha256}/manifest`, signed, which gives a grant; and under that grant
 * `GET` and `HEAD /api/ods/v1/blobs/{sha256}` with ranges. Verified blobs only.
 */
export async function peerRoutes(app: HttpApp, deps: PeerRouteDeps): Promise<void> {
  const { trust, grants, trustedPeers, loadManifest, blobStore, clock, metrics } = deps;
  const callers = new WeakMap<FastifyRequest, string>();
  const verify = async (request: FastifyRequest) => {
    const { peerIss } = await trust.verifyRequest({
      authorization: request.headers.authorization ?? '',
      method: request.method,
      target: request.url,
    });
    callers.set(request, peerIss);
  };

  app.route({
    ...routeOf(readManifest),
    onRequest: verify,
    handler: async (request, reply) => {
      const { sha256 } = request.params;
      const { bytes } = await loadManifest(sha256);
      return reply
        .header('odst-grant', grants.issue(callers.get(request) ?? '', sha256))
        .header('cache-control', 'private, no-store')
        .type('application/octet-stream')
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  });

  app.route({
    ...routeOf(readBlob),
    method: ['GET', 'HEAD'],
    // Before the name is looked at: who has no grant learns nothing of what a name should be.
    onRequest: async (request) => {
      const { params, headers } = request;
      const [, grant = ''] = /^Grant +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
      const peerIss = grants.check(grant, params.sha256);
      await trustedPeers.assertPeer(peerIss);
      callers.set(request, peerIss);
    },
    handler: async (request, reply) => {
      const { sha256 } = request.params;
      const { held, manifest } = await loadManifest(sha256);
      using _watch = trustedPeers.watch(callers.get(request) ?? '', () => reply.raw.destroy());
      reply.header('cache-control', 'private, no-store');
      const { sizeBytes, sha1 } = held;
      const blob: ServedBlob = {
        sha256,
        sha1,
        sizeBytes,
        headers: { 'content-type': 'application/octet-stream' },
        open: () => blobStore.open(sha256),
        digestOf: (range) => digestOfChunk(manifest, range),
        onSent: (bytes) => metrics.add('odst_sync_sent_bytes_total', {}, bytes),
      };
      return await serveBlob(request, reply, blob, clock.now());
    },
  });
}

/** Digest of a range that is exactly one chunk. */
function digestOfChunk(manifest: Manifest, { start, end }: ByteRange): Uint8Array | undefined {
  const index = start / chunkSizeBytes;
  const isChunk = Number.isInteger(index) && end === Math.min(start + chunkSizeBytes, manifest.sizeBytes);
  return isChunk ? chunkSha256(manifest, index) : undefined;
}
