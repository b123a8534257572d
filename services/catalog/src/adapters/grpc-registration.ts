import { ServerServiceService, TrustServiceService } from '@odst/contracts/registration';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError, parseStage } from '@odst/kernel';
import type { Registration, SignatureVerdict } from '../app/ports.ts';

/** Records have a purpose of their own, so that no other signature of a server passes for one of a record. */
const purpose = 'record';

const verdicts: readonly SignatureVerdict[] = ['valid', 'invalid', 'unknown-signer'];

/** Builds the registration service as catalog sees it. */
export function createGrpcRegistration(connection: ServiceConnection): Registration {
  const servers = connection.client(ServerServiceService);
  const trust = connection.client(TrustServiceService);
  let iss: string | undefined;
  const ask = async () => {
    const { server } = await servers.getServer({});
    if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'registration has no identity yet');
    iss = server.iss;
    return server;
  };
  return {
    // The sweep at the start asks for the stage, so uploads find the identity here already.
    iss: async () => iss ?? (await ask()).iss,
    stage: async () => parseStage((await ask()).stage),
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
