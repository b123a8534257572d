import { OdstError } from '@odst/kernel';
import { createPeerClient, type PeerClientOptions, type PeerErrorCodes, type Signer } from '../../src/index.ts';

/** Codes of the tests: each kind of failure has one of its own. */
export const codes: PeerErrorCodes = {
  unreachable: 'SYNC_PEER_FAILED',
  timeout: 'REGISTRATION_PEER_TIMEOUT',
  refused: 'REGISTRATION_PEER_REFUSED',
};

/** A signer that numbers its tokens and notes what it was asked. */
export function countingSigner(baseUrl: string) {
  const signed: { peerIss: string; method: string; target: string; body: string }[] = [];
  const reported: { peerIss: string; signedTime: string; authorization: string }[] = [];
  const signer: Signer = {
    async sign(peerIss, { method, target, body }) {
      signed.push({ peerIss, method, target, body: Buffer.from(body).toString() });
      return { baseUrl, authorization: `ODST token-${signed.length}` };
    },
    async reportTime(peerIss, signedTime, authorization) {
      reported.push({ peerIss, signedTime, authorization });
      if (signedTime === 'forged') throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'not signed by the peer');
      if (signedTime === 'unlucky') throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'registration cannot be reached');
    },
  };
  return { signer, signed, reported };
}

/** A client of the tests. */
export function clientWith(options: Partial<PeerClientOptions> = {}) {
  return createPeerClient({ codes, ...options });
}
