import { createHash } from 'node:crypto';
import { TrustServiceService } from '@odst/contracts/registration';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { TrustPort } from '../../app/ports.ts';

const sha256OfNothing = createHash('sha256').digest('hex');

/** Registration's signatures as storage uses them: its requests to peers, and theirs to it, have no body. */
export function createGrpcTrust(connection: ServiceConnection): TrustPort {
  const trust = connection.client(TrustServiceService);
  return {
    async verifyRequest(request) {
      const { peer } = await trust.verifyRequest({ ...request, bodySha256: sha256OfNothing });
      if (peer === undefined) throw new OdstError('COMMON_INTERNAL', 'registration verified a request without naming the peer');
      return { peerIss: peer.iss };
    },
    signRequest: (request) => trust.signRequest({ ...request, bodySha256: sha256OfNothing }),
    async reportPeerTime(report) {
      await trust.reportPeerTime(report);
    },
  };
}
