import type { EventMetadata } from '@odst/event-store';
import { type Clock, isOdstError, OdstError } from '@odst/kernel';
import type { HttpAnswer, PeerClient, PeerRequest, Signer } from '@odst/peer-client';
import { checkInvitation, type Invitation } from '../domain/invitation.ts';
import { refuseBlocked } from '../domain/known-server.ts';
import { requestClaims } from '../domain/request-claims.ts';
import { newerOf } from '../domain/signed-profile.ts';
import { authorizationOf } from './authorization-header.ts';
import { sha256 } from './digest.ts';
import type { Directory, KnownPeer } from './directory.ts';
import { clockOffsetOf, decodeHandshake, type HandshakeMessage, handshakeLimitMs } from './handshake-message.ts';
import type { OwnIdentity } from './identity.ts';
import type { KeepPeer } from './keep-peer.ts';
import { type ComposeOwnMessage, checkProof } from './own-message.ts';
import type { HostAddresses, PeerClocks, Random, Tokens } from './ports.ts';
import { assertOwnUrl, assertSafeUrl } from './safe-url.ts';
import { readSignedTime } from './signed-time.ts';

/** Whatever broke in a handshake, the same one repairs: so it may be sent twice. */
const handshake: PeerRequest = {
  method: 'POST',
  target: '/api/ods/v1/peers',
  repeatable: true,
  answerHeader: 'odst-signature',
  limits: { answerMs: handshakeLimitMs, wholeMs: handshakeLimitMs },
};

/**
 * Registers this server with a remote one and the remote one here. It resolves when each side holds the other's public
 * key; whatever broke before, the same call repairs.
 * @throws OdstError REGISTRATION_PEER_INVALID, REGISTRATION_PEER_SELF, REGISTRATION_URL_UNSET,
 *   REGISTRATION_SETTING_INVALID (this server's own URL), REGISTRATION_PEER_URL_INSECURE, REGISTRATION_PEER_UNREACHABLE,
 *   REGISTRATION_PEER_TIMEOUT (10 s), REGISTRATION_PEER_REFUSED with the remote's reason, REGISTRATION_PEER_FIREWALLED,
 *   REGISTRATION_SERVER_BLOCKED
 */
export type RegisterPeer = (
  copied: { readonly url: string; readonly issId: string; readonly key: string },
  metadata: EventMetadata,
) => Promise<KnownPeer>;

export type RegisterPeerDeps = {
  readonly identity: OwnIdentity;
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly clocks: PeerClocks;
  readonly peers: PeerClient;
  readonly addresses: HostAddresses;
  readonly composeOwnMessage: ComposeOwnMessage;
  readonly keepPeer: KeepPeer;
  readonly random: Random;
  readonly clock: Clock;
};

/** Signs the tries of one handshake. */
type HandshakeSigner = Signer & {
  /** The token's `jti`, which the answer names, and when it began, by this server's clock. */
  lastTry(): { readonly jti: string; readonly askedMs: number };
};

/** Builds the use case. */
export function createRegisterPeer(deps: RegisterPeerDeps): RegisterPeer {
  const { identity, directory, tokens, clocks, peers, addresses, composeOwnMessage, keepPeer, random, clock } = deps;

  /** Signs with the invitation's key, and writes the body anew for each try: the proof in it is bound to the token. */
  const signerWith = ({ url, iss, key }: Invitation): HandshakeSigner => {
    let lastTry = { jti: '', askedMs: 0 };
    let offsetMs = clocks.offsetMs(iss);
    return {
      lastTry: () => lastTry,
      async sign(_iss, { method, target }) {
        const askedMs = clock.now().getTime();
        const jti = Buffer.from(random.bytes(16)).toString('base64url');
        lastTry = { jti, askedMs };
        const nowMs = askedMs + offsetMs;
        const body = await composeOwnMessage(iss, jti, nowMs);
        const claims = requestClaims({ iss: identity.iss, aud: iss, jti }, { method, target, bodySha256: sha256(body) }, nowMs);
        return { baseUrl: url, authorization: authorizationOf(await tokens.signShared('registration', claims, key)), body };
      },
      async reportTime(_iss, signedTime) {
        const expected = { iss, aud: identity.iss, jti: lastTry.jti };
        const { nowMs } = readSignedTime(await tokens.verifyShared('time', signedTime, key), expected);
        offsetMs = nowMs - clock.now().getTime();
      },
    };
  };

  const check = async ({ iss, key }: Invitation, jti: string, answer: HttpAnswer): Promise<HandshakeMessage> => {
    const claims = await tokens.verifyShared('answer', answer.headers['odst-signature'] ?? '', key);
    const bound =
      claims['iss'] === iss &&
      claims['aud'] === identity.iss &&
      claims['jti'] === jti &&
      claims['bodySha256'] === sha256(answer.body);
    if (!bound) throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'the answer belongs to another request');
    const message = decodeHandshake(answer.body, clock.now().getTime());
    await checkProof(tokens, message, { iss, aud: identity.iss, jti });
    return message;
  };

  const shakeHands = async (invitation: Invitation): Promise<HandshakeMessage & { readonly clockOffsetMs: number }> => {
    const signer = signerWith(invitation);
    try {
      const answer = await peers.send(invitation.iss, handshake, { signer });
      const arrivedMs = clock.now().getTime();
      const { jti, askedMs } = signer.lastTry();
      const message = await check(invitation, jti, answer);
      return { ...message, clockOffsetMs: clockOffsetOf(message, arrivedMs, arrivedMs - askedMs) };
    } catch (error) {
      throw explained(error, invitation);
    }
  };

  return async (copied, metadata) => {
    const invitation = checkInvitation(copied);
    const { url: ownUrl, firewalledMode } = directory.server().profile;
    if (invitation.iss === identity.iss) throw itself('the ISS ID is the one of this server', '/iss_id');
    if (ownUrl === '') throw new OdstError('REGISTRATION_URL_UNSET', 'peers could not reach this server: its URL is not set');
    if (invitation.url === ownUrl && !firewalledMode) throw itself('the URL is the one of this server', '/url');
    refuseBlocked(directory.known(invitation.iss));
    await assertOwnUrl(directory.server().profile, addresses);
    await assertSafeUrl(invitation.url, addresses);
    const toldStamp = directory.server().profile.stamp;
    const { profile, clockOffsetMs } = await shakeHands(invitation);
    if (profile.firewalledMode) throw firewalled();
    // What others passed on of the server may be newer, and counts then.
    const counts = newerOf(directory.known(profile.iss)?.profile, profile);
    if (!counts.firewalledMode) await assertSafeUrl(counts.url, addresses);
    return keepPeer({ profile, clockOffsetMs, toldStamp, initiatedBy: 'here' }, metadata);
  };
}

/** What a handshake failed with, in words for who copied the invitation and with the field that it is about. */
function explained(error: unknown, { url }: Invitation): unknown {
  if (!isOdstError(error)) return error;
  if (error.details['remoteCode'] === 'REGISTRATION_PEER_FIREWALLED') return firewalled(error.details);
  if (error.code === 'REGISTRATION_PEER_TIMEOUT') {
    const words = `${error.message}; check its URL, and the firewalls between the two. Registering again does no harm`;
    return new OdstError(error.code, words, { ...error.details, pointer: '/url' }, { cause: error });
  }
  if (error.code === 'REGISTRATION_PEER_UNREACHABLE') return pointed(error, '/url');
  if (error.code === 'REGISTRATION_PEER_REFUSED') return pointed(error, refusedField(error.details));
  const senseless = ['REGISTRATION_SIGNATURE_INVALID', 'COMMON_REQUEST_MALFORMED', 'REGISTRATION_PEER_INVALID'];
  if (!senseless.includes(error.code)) return error;
  const reason = `${url} gave no sensible answer: ${error.message}`;
  return new OdstError('REGISTRATION_PEER_UNREACHABLE', reason, { pointer: '/url' }, { cause: error });
}

/** The same error with what of the request it is about, for the field of a form. */
function pointed(error: OdstError, pointer: string | undefined): OdstError {
  if (pointer === undefined) return error;
  return new OdstError(error.code, error.message, { ...error.details, pointer }, { cause: error });
}

/** The field that the remote server's refusal is about; none where what it refuses is this server. */
function refusedField({ remotePointer, redirectsTo }: OdstError['details']): string | undefined {
  if (redirectsTo !== undefined) return '/url';
  if (remotePointer === '/key') return '/key';
  return remotePointer === '/iss' ? '/iss_id' : undefined;
}

function itself(words: string, pointer: string): OdstError {
  return new OdstError('REGISTRATION_PEER_SELF', words, { pointer });
}

function firewalled(details: OdstError['details'] = {}): OdstError {
  return new OdstError('REGISTRATION_PEER_FIREWALLED', 'the remote server is firewalled: register this server there', details);
}
