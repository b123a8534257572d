import { TrustServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { UseCases } from '../app/use-cases.ts';
import { peerMessage } from './peer-message.ts';

/** Signatures by and for this server. */
export function serveTrust(useCases: UseCases): ServedService {
  const { directory, identity, clocks, statements, describeSigners, signRequest, verifyRequest, reportPeerTime } = useCases;
  return serve(TrustServiceService, {
    async signRequest({ peerIss, method, target, bodySha256 }) {
      const peer = directory.peer(peerIss);
      if (peer === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `the server ${peerIss} is not registered here`);
      return { authorization: await signRequest(peerIss, { method, target, bodySha256 }), baseUrl: peer.profile.url };
    },
    async verifyRequest({ authorization, ...request }) {
      const peer = await verifyRequest(authorization, request);
      return { peer: peerMessage(peer, clocks.offsetMs(peer.iss)) };
    },
    async reportPeerTime({ peerIss, signedTime, authorization }) {
      return { clockOffsetMs: BigInt(await reportPeerTime(peerIss, signedTime, authorization)) };
    },
    signStatement: async ({ purpose, payload }) => ({ iss: identity.iss, signature: statements.sign(purpose, payload) }),
    async verifyStatement({ iss, purpose, payload, signature }) {
      return { verdict: statements.verify(iss, purpose, payload, signature) };
    },
    describeSigners: async ({ toldByIss, isses }) => ({ signers: describeSigners(toldByIss, isses) }),
  });
}
