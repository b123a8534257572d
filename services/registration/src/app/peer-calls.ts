import type { HttpAnswer, PeerClient, PeerRequest, Signer } from '@odst/peer-client';
import { sha256 } from './digest.ts';
import type { KnownPeer } from './directory.ts';
import type { ReportPeerTime } from './report-peer-time.ts';
import type { SignRequest } from './sign-request.ts';

/** Calls of this service to a peer, signed with the own key. */
export interface PeerCalls {
  /**
   * Sends one request, also to a peer whose trust was just ended.
   * @throws OdstError REGISTRATION_PEER_UNREACHABLE, REGISTRATION_PEER_TIMEOUT, REGISTRATION_PEER_REFUSED
   */
  call(peer: KnownPeer, request: PeerRequest): Promise<HttpAnswer>;
}

/** Builds the calls. */
export function createPeerCalls(deps: {
  readonly peers: PeerClient;
  readonly signRequest: SignRequest;
  readonly reportPeerTime: ReportPeerTime;
}): PeerCalls {
  const { peers, signRequest, reportPeerTime } = deps;
  const signerFor = ({ profile }: KnownPeer): Signer => ({
    async sign(peerIss, { method, target, body }) {
      const authorization = await signRequest(peerIss, { method, target, bodySha256: sha256(body) });
      return { baseUrl: profile.url, authorization };
    },
    async reportTime(peerIss, signedTime, authorization) {
      await reportPeerTime(peerIss, signedTime, authorization);
    },
  });
  return { call: (peer, request) => peers.send(peer.iss, request, { signer: signerFor(peer) }) };
}
