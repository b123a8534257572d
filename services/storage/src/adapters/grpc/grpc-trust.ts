import { createHash } from 'node:crypto';
import type { TrustServiceService } from '@odst/contracts/registration';
import type { ServiceClient } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { TrustPort } from '../../app/ports.ts';

const sha256OfNothing = createHash('sha256').digest('hex');

/** Registration's checks as storage uses them: what peers ask of it has no body. */
export function createGrpcTrust(
  trust: Pick<ServiceClient<typeof TrustServiceService>, 'verifyRequest' | 'describeSigners'>,
): TrustPort {
  return {
    async verifyRequest(request) {
      const { peer } = await trust.verifyRequest({ ...request, bodySha256: sha256OfNothing });
      if (peer === undefined) throw new OdstError('COMMON_INTERNAL', 'registration verified a request without naming the peer');
      return { peerIss: peer.iss };
    },
    async peersAmong(isses) {
      const { signers } = await trust.describeSigners({ toldByIss: '', isses: [...isses] });
      return new Set(signers.flatMap(({ iss, relation }) => (relation === 'peer' ? [iss] : [])));
    },
  };
}
