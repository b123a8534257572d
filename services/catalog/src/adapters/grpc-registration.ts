import { ServerServiceService, TrustServiceService } from '@odst/contracts/registration';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError, parseStage } from '@odst/kernel';
import type { Registration, SignatureVerdict } from '../app/ports.ts';

/** Records have a purpose of their own, so that no other signature of a server passes for one of a record. */
const purpose = 'record';

const verdicts: readonly SignatureVerdict[] = ['valid', 'invalid', 'unknown-signer'];

/** Builds the registration service as catalog sees it. Asks anew each time: the stage must be the present one. */
export function createGrpcRegistration(connection: ServiceConnection): Registration {
  const servers = connection.client(ServerServiceService);
  const trust = connection.client(TrustServiceService);
  return {
    async server() {
      const { server } = await servers.getServer({});
      if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'registration has no identity yet');
      return { iss: server.iss, stage: parseStage(server.stage) };
    },
    async signRecord(payload) {
      const { signature } = await trust.signStatement({ purpose, payload });
      return signature;
    },
    async verifyRecord(iss, payload, signature) {
      const { verdict } = await trust.verifyStatement({ iss, purpose, payload, signature });
      const known = verdicts.find((candidate) => candidate === verdict);
      if (known === undefined)
        throw new OdstError('COMMON_INTERNAL', `registration answered with the verdict ${JSON.stringify(verdict)}`);
      return known;
    },
  };
}
