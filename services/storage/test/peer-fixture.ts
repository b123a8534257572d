import type { TrustCalls } from '@odst/peer-client';
import { createHttpPeerBlobs } from '../src/adapters/http-peer-blobs.ts';
import type { FetchRequest } from '../src/app/fetch/fetch-request.ts';
import { createFetches, type FetchProgress } from '../src/app/fetch/fetches.ts';
import type { PeerBlobs, TrustPort } from '../src/app/ports.ts';
import type { PeerRouteDeps } from '../src/data-plane/peer-routes.ts';
import type { StorageFixture } from './storage-fixture.ts';

/** Registration's signatures between two servers of a test: whoever names itself is believed. */
export function trustFake(baseUrlOf: (peerIss: string) => string): TrustPort & TrustCalls {
  return {
    async verifyRequest({ authorization }) {
      return { peerIss: authorization.replace('Signed ', '') };
    },
    peersAmong: async (isses) => new Set(isses),
    async signRequest({ peerIss }) {
      return { authorization: 'Signed receiver', baseUrl: baseUrlOf(peerIss) };
    },
    async reportPeerTime() {
      throw new Error('no clock differs in these tests');
    },
  };
}

/** Everybody is a peer, for ever. */
export const everybody: PeerRouteDeps['trustedPeers'] = {
  assertPeer: async () => undefined,
  watch: () => ({ [Symbol.dispose]: () => undefined }),
};

/** Fetches on a storage fixture until it is complete, and returns all reports. */
export async function fetchOn(
  storage: StorageFixture,
  peerBlobs: PeerBlobs,
  request: FetchRequest,
  signal = new AbortController().signal,
) {
  const reports: FetchProgress[] = [];
  for await (const report of createFetches({ ...storage.deps, peerBlobs }).fetch(request, signal)) reports.push(report);
  return reports;
}

/** The real client of a peer's data plane. */
export function peerBlobsAt(url: string) {
  return createHttpPeerBlobs({ trust: trustFake(() => url), answerMs: 2_000 });
}
