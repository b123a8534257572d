import { type Clock, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import {
  checkBinding,
  invalid,
  isFresh,
  type RequestBinding,
  readRequestClaims,
  rememberUntilMs,
} from '../domain/request-claims.ts';
import { tokenOf } from './authorization-header.ts';
import type { Directory, KnownPeer } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import { logRefusals } from './log-refusals.ts';
import type { ReplayGuard, Tokens } from './ports.ts';

/** The peer that sent a request; or, where only the clocks differ, this server's signed time. */
export type Verified = { readonly peer: KnownPeer } | { readonly signedTime: string };

/**
 * Checks the token of a peer's HTTP request. It is good for one use.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SIGNATURE_REPLAYED
 */
export type VerifyRequest = (authorization: string, request: RequestBinding) => Promise<Verified>;

/** Builds the use case. The only thing that it asks the database is whether the token was seen before. */
export function createVerifyRequest(deps: {
  readonly identity: OwnIdentity;
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly replays: ReplayGuard;
  readonly clock: Clock;
  readonly logger: Logger;
}): VerifyRequest {
  const { identity, directory, tokens, replays, clock, logger } = deps;

  const verify = async (authorization: string, request: RequestBinding, claimed: (iss: string) => void): Promise<Verified> => {
    const token = tokenOf(authorization);
    const { iss } = tokens.peek(token);
    claimed(String(iss).slice(0, 64));
    const peer = typeof iss === 'string' ? directory.peer(iss) : undefined;
    if (peer === undefined) throw invalid('the caller is not registered here');
    const claims = readRequestClaims(await tokens.verifyBy('request', token, peer.publicKey));
    checkBinding(claims, identity.iss, request);
    const nowMs = clock.now().getTime();
    if (!isFresh(claims, nowMs)) {
      return {
        signedTime: await identity.signer.signToken('time', { iss: identity.iss, aud: peer.iss, jti: claims.jti, nowMs }),
      };
    }
    if (!(await replays.remember(peer.iss, claims.jti, rememberUntilMs(claims)))) {
      throw new OdstError('REGISTRATION_SIGNATURE_REPLAYED', 'the request was seen before');
    }
    return { peer };
  };

  return (authorization, request) => {
    let claimedIss = '';
    const { method, target } = request;
    return logRefusals(
      logger,
      () => ({ claimedIss, method, target: target.slice(0, 200) }),
      () =>
        verify(authorization, request, (iss) => {
          claimedIss = iss;
        }),
    );
  };
}
