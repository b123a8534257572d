import type { Clock } from '@odst/kernel';
import { type RequestBinding, requestClaims } from '../domain/request-claims.ts';
import { authorizationOf } from './authorization-header.ts';
import type { OwnIdentity } from './identity.ts';
import type { PeerClocks, Random } from './ports.ts';

/** Makes the Authorization value of one HTTP request to the server `aud`. Touches no database. */
export type SignRequest = (aud: string, binding: RequestBinding) => Promise<string>;

/** Builds the use case. */
export function createSignRequest(deps: {
  readonly identity: OwnIdentity;
  readonly clocks: PeerClocks;
  readonly random: Random;
  readonly clock: Clock;
}): SignRequest {
  const { identity, clocks, random, clock } = deps;
  return async (aud, binding) => {
    const jti = Buffer.from(random.bytes(16)).toString('base64url');
    const claims = requestClaims({ iss: identity.iss, aud, jti }, binding, clock.now().getTime() + clocks.offsetMs(aud));
    return authorizationOf(await identity.signer.signToken('request', claims));
  };
}
