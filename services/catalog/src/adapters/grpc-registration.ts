import { ServerServiceService, TrustServiceService } from '@odst/contracts/registration';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError, parseStage } from '@odst/kernel';
import type { Registration } from '../app/ports.ts';
import { changePurpose } from './ed25519-signatures.ts';

/** Most servers of one question. */
const mostSigners = 1_000;

/** Of a registration service that does not say. */
const defaultTrashDays = 30;

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
    async policy() {
      const { stage, policy } = await ask();
      return {
        stage: parseStage(stage),
        deletions: policy?.deletions === 'ask' ? 'ask' : 'follow',
        trashDays: policy?.trashDays ?? defaultTrashDays,
      };
    },
    async signChange(payload) {
      const { signature } = await trust.signStatement({ purpose: changePurpose, payload });
      return signature;
    },
    async signers(toldByIss, isses) {
      const known = new Map();
      for (let from = 0; from < isses.length; from += mostSigners) {
        const { signers } = await trust.describeSigners({ toldByIss, isses: isses.slice(from, from + mostSigners) });
        for (const { iss: signer, publicKey, blocked, stageCap } of signers) {
          if (publicKey.length === 0) continue;
          known.set(signer, { publicKey, isBlocked: blocked, stageCap: stageCap === '' ? undefined : parseStage(stageCap) });
        }
      }
      return known;
    },
  };
}
