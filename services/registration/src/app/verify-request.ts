import { type Clock, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { refuseBlocked } from '../domain/known-server.ts';
import { checkBinding, invalid, type RequestBinding, readRequestClaims, rememberUntilMs } from '../domain/request-claims.ts';
import { tokenOf } from './authorization-header.ts';
import { type Directory, isPeer, type KnownPeer } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import { logRefusals } from './log-refusals.ts';
import type { ReplayGuard, Tokens } from './ports.ts';
import { checkClock } from './signed-time.ts';

/**
 * The peer that sent an HTTP request, by its token, which is good for one use.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SIGNATURE_REPLAYED, REGISTRATION_CLOCK_SKEW,
 *   REGISTRATION_SERVER_BLOCKED
 */
export type VerifyRequest = (authorization: string, request: RequestBinding) => Promise<KnownPeer>;

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

  const verify = async (authorization: string, request: RequestBinding, claimed: (iss: string) => void): Promise<KnownPeer> => {
    const token = tokenOf(authorization);
    const { iss } = tokens.peek(token);
    claimed(String(iss).slice(0, 64));
    const caller = typeof iss === 'string' ? directory.known(iss) : undefined;
    if (caller === undefined || !(isPeer(caller) || caller.blocked)) throw invalid('the caller is not registered here');
    const claims = readRequestClaims(await tokens.verifyBy('request', token, caller.profile.publicKey));
    // Only to itself is a server told that it is blocked.
    refuseBlocked(caller);
    const peer = directory.peer(caller.iss);
    if (peer === undefined) throw invalid('the caller is not registered here');
    checkBinding(claims, identity.iss, request);
    const self = { iss: identity.iss, nowMs: clock.now().getTime() };
    await checkClock(claims, self, (time) => identity.signer.signToken('time', time));
    if (!(await replays.remember(peer.iss, claims.jti, rememberUntilMs(claims)))) {
      throw new OdstError('REGISTRATION_SIGNATURE_REPLAYED', 'the request was seen before');
    }
    return peer;
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
