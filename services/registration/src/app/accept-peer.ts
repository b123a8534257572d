import type { EventMetadata } from '@odst/event-store';
import { type Clock, isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { refuseBlocked } from '../domain/known-server.ts';
import {
  checkBinding,
  invalid,
  isFresh,
  type RequestClaims,
  readRequestClaims,
  rememberUntilMs,
  requestClaims,
} from '../domain/request-claims.ts';
import { newerOf } from '../domain/signed-profile.ts';
import { tokenOf } from './authorization-header.ts';
import { sha256 } from './digest.ts';
import type { Directory } from './directory.ts';
import { clockOffsetOf, decodeHandshake, handshakeLimitMs } from './handshake-message.ts';
import type { OwnIdentity } from './identity.ts';
import type { InvitationKey } from './invitation-key.ts';
import type { KeepPeer } from './keep-peer.ts';
import { logRefusals } from './log-refusals.ts';
import { type ComposeOwnMessage, checkProof } from './own-message.ts';
import type { HostAddresses, ReplayGuard, Tokens } from './ports.ts';
import { assertSafeUrl } from './safe-url.ts';
import { checkClock } from './signed-time.ts';

/** An HTTP request of the handshake, as received. */
export type HandshakeRequest = {
  readonly authorization: string;
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
};

/** The answer: body and token over it. */
export type HandshakeAnswer = { readonly body: Uint8Array; readonly signature: string };

/**
 * Answers the handshake of a remote server: when it resolves, this side trusts the other's key.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SIGNATURE_REPLAYED, REGISTRATION_CLOCK_SKEW, REGISTRATION_PEER_SELF,
 *   REGISTRATION_SERVER_BLOCKED, REGISTRATION_PEER_FIREWALLED (this server is: only it can register), REGISTRATION_URL_UNSET (of this
 *   server),
 *   REGISTRATION_PEER_INVALID, REGISTRATION_PEER_URL_INSECURE, COMMON_REQUEST_MALFORMED
 */
export type AcceptPeer = (request: HandshakeRequest, metadata: EventMetadata) => Promise<HandshakeAnswer>;

export type AcceptPeerDeps = {
  readonly identity: OwnIdentity;
  readonly invitationKey: InvitationKey;
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly replays: ReplayGuard;
  readonly addresses: HostAddresses;
  readonly composeOwnMessage: ComposeOwnMessage;
  readonly keepPeer: KeepPeer;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Builds the use case. */
export function createAcceptPeer(deps: AcceptPeerDeps): AcceptPeer {
  const { identity, invitationKey, directory, tokens, replays, addresses, composeOwnMessage, keepPeer, clock, logger } = deps;

  /** Who was given another Key is told so: an admin may have copied the wrong one. */
  const verifyInvited = async (token: string, key: Uint8Array) => {
    try {
      return await tokens.verifyShared('registration', token, key);
    } catch (error) {
      if (!isOdstError(error, 'REGISTRATION_SIGNATURE_INVALID')) throw error;
      throw new OdstError(error.code, error.message, { pointer: '/key' }, { cause: error });
    }
  };

  const checkRequest = async (request: HandshakeRequest, key: Uint8Array): Promise<RequestClaims> => {
    const { authorization, method, target, body } = request;
    const claims = readRequestClaims(await verifyInvited(tokenOf(authorization), key));
    checkBinding(claims, identity.iss, { method, target, bodySha256: sha256(body) });
    if (claims.iss === identity.iss) throw new OdstError('REGISTRATION_PEER_SELF', 'this server called itself');
    return claims;
  };

  const assertOpen = () => {
    const { profile } = directory.server();
    if (profile.firewalledMode) {
      throw new OdstError('REGISTRATION_PEER_FIREWALLED', `${profile.name} is firewalled: register on its side`);
    }
    if (profile.url === '') throw new OdstError('REGISTRATION_URL_UNSET', `${profile.name} has no URL set`);
  };

  const sign = async (key: Uint8Array, claims: RequestClaims, body: Uint8Array, nowMs: number): Promise<string> => {
    const parties = { iss: identity.iss, aud: claims.iss, jti: claims.jti };
    return tokens.signShared(
      'answer',
      requestClaims(parties, { method: 'answer', target: '', bodySha256: sha256(body) }, nowMs),
      key,
    );
  };

  const accept: AcceptPeer = async (request, metadata) => {
    const key = await invitationKey.current();
    const claims = await checkRequest(request, key);
    const nowMs = clock.now().getTime();
    await checkClock(claims, { iss: identity.iss, nowMs }, (time) => tokens.signShared('time', time, key));
    if (!(await replays.remember(claims.iss, claims.jti, rememberUntilMs(claims)))) {
      throw new OdstError('REGISTRATION_SIGNATURE_REPLAYED', 'the request was seen before');
    }
    refuseBlocked(directory.known(claims.iss));
    assertOpen();
    const message = decodeHandshake(request.body, nowMs);
    const proof = await checkProof(tokens, message, { iss: claims.iss, aud: identity.iss, jti: claims.jti });
    if (!isFresh(proof, nowMs)) throw invalid('the proof of the own key is too old');
    // What others passed on of the server may be newer, and counts then. Nobody connects to a firewalled one, so its URL does not matter.
    const { profile } = message;
    const counts = newerOf(directory.known(profile.iss)?.profile, profile);
    if (!counts.firewalledMode) await assertSafeUrl(counts.url, addresses);

    const clockOffsetMs = clockOffsetOf(message, nowMs, handshakeLimitMs);
    const toldStamp = directory.server().profile.stamp;
    await keepPeer({ profile, clockOffsetMs, toldStamp, initiatedBy: 'peer' }, { ...metadata, actor: `peer:${profile.iss}` });
    const body = await composeOwnMessage(profile.iss, claims.jti, nowMs);
    return { body, signature: await sign(key, claims, body, nowMs) };
  };

  return (request, metadata) => {
    const { remoteAddress } = metadata;
    return logRefusals(
      logger,
      () => ({ remoteAddress, method: request.method, target: request.target.slice(0, 200) }),
      () => accept(request, metadata),
      // So this server finds out whether its URL leads to it.
      ['REGISTRATION_PEER_SELF'],
    );
  };
}
