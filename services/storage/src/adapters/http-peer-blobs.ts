import { isOdstError, OdstError } from '@odst/kernel';
import { createPeerClient, createTrustSigner, type PeerOptions, type TrustCalls } from '@odst/peer-client';
import type { PeerBlobs } from '../app/ports.ts';

/** What the adapter needs. */
export type HttpPeerBlobsOptions = PeerOptions & {
  /** Signs the requests for manifests. */
  readonly trust: TrustCalls;
  /** Longest silence of a peer before it answers, in milliseconds. Default 30 s. */
  readonly answerMs?: number;
};

/** Of a manifest. That of the largest file that is allowed by default has 3.4 MB; this is one of a file of 1 TiB. */
const manifestLimits = { silenceMs: 30_000, wholeMs: 10 * 60_000, maxBytes: 56 * 1_048_576 };

/** Builds the client of the data planes of peers. Disposing closes its connections. */
export function createHttpPeerBlobs({ trust, answerMs = 30_000, ...options }: HttpPeerBlobsOptions): PeerBlobs & Disposable {
  const failed = 'STORAGE_PEER_FAILED';
  const codes = { unreachable: failed, timeout: failed, refused: failed } as const;
  const peers = createPeerClient({ codes, ...options });
  const signer = createTrustSigner(trust);
  /** Where a peer answered last: ranges go there under their grant, without asking for a signature. */
  const baseUrls = new Map<string, string>();

  return {
    async fetchManifest(peerIss, sha256, signal) {
      const target = `/api/ods/v1/blobs/${sha256}/manifest`;
      const request = { method: 'GET', target, limits: { answerMs, ...manifestLimits } };
      const { baseUrl, headers, body } = await peers.send(peerIss, request, { signer, signal });
      const grant = headers['odst-grant'];
      if (grant === undefined) throw new OdstError(failed, `${baseUrl} gave no grant`);
      baseUrls.set(peerIss, baseUrl);
      return { bytes: body, grant };
    },
    async fetchRange({ peerIss, sha256, grant, start, end }, signal) {
      const baseUrl = baseUrls.get(peerIss);
      if (baseUrl === undefined) throw new Error('fetchManifest comes before fetchRange');
      const request = { baseUrl, target: `/api/ods/v1/blobs/${sha256}`, authorization: `Grant ${grant}`, start, end, answerMs };
      try {
        return await peers.openRange(request, signal);
      } catch (error) {
        if (!isOdstError(error) || error.details['remoteCode'] !== 'STORAGE_GRANT_INVALID') throw error;
        throw new OdstError('STORAGE_GRANT_INVALID', `the grant is over: ${error.message}`, {}, { cause: error });
      }
    },
    [Symbol.dispose]: () => peers[Symbol.dispose](),
  };
}
