import { type Clock, isOdstError, OdstError } from '@odst/kernel';
import { checkInvitation, type Invitation } from '../domain/invitation.ts';
import { requestClaims } from '../domain/request-claims.ts';
import { authorizationOf } from './authorization-header.ts';
import { sha256 } from './digest.ts';
import type { Directory, KnownPeer } from './directory.ts';
import { decodeHandshake, type HandshakeMessage } from './handshake-message.ts';
import type { OwnIdentity } from './identity.ts';
import type { KeepPeer } from './keep-peer.ts';
import { type ComposeOwnMessage, checkProof } from './own-message.ts';
import { refusalOf } from './peer-refusal.ts';
import type { HostAddresses, PeerAnswer, PeerClocks, PeerHttp, Random, RequestContext, Tokens } from './ports.ts';
import { profileDigest } from './profile-digest.ts';
import { assertSafeUrl } from './safe-url.ts';
import { readSignedTime } from './signed-time.ts';

/** Where the handshake is answered. */
const handshakeTarget = '/api/ods/v1/peers';

const timeoutMs = 10_000;

/**
 * Registers this server with a remote one and the remote one here. It resolves when each side holds the other's public
 * key; whatever broke before, the same call repairs.
 * @throws OdstError REGISTRATION_PEER_INVALID, REGISTRATION_PEER_SELF, REGISTRATION_URL_UNSET,
 *   REGISTRATION_PEER_URL_INSECURE, REGISTRATION_PEER_UNREACHABLE, REGISTRATION_PEER_TIMEOUT (10 s),
 *   REGISTRATION_PEER_REFUSED with the remote's reason, REGISTRATION_PEER_FIREWALLED, REGISTRATION_KEY_MISMATCH
 */
export type RegisterPeer = (
  copied: { readonly url: string; readonly issId: string; readonly key: string },
  context: RequestContext,
) => Promise<KnownPeer>;

export type RegisterPeerDeps = {
  readonly identity: OwnIdentity;
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly clocks: PeerClocks;
  readonly http: PeerHttp;
  readonly addresses: HostAddresses;
  readonly composeOwnMessage: ComposeOwnMessage;
  readonly keepPeer: KeepPeer;
  readonly random: Random;
  readonly clock: Clock;
};

type Answered = { readonly jti: string; readonly answer: PeerAnswer };

/** Builds the use case. */
export function createRegisterPeer(deps: RegisterPeerDeps): RegisterPeer {
  const { identity, directory, tokens, clocks, http, addresses, composeOwnMessage, keepPeer, random, clock } = deps;

  const send = async ({ url, iss, key }: Invitation, offsetMs: number): Promise<Answered> => {
    const jti = Buffer.from(random.bytes(16)).toString('base64url');
    const nowMs = clock.now().getTime() + offsetMs;
    const body = await composeOwnMessage(iss, jti, nowMs);
    const binding = { method: 'POST', target: handshakeTarget, bodySha256: sha256(body) };
    const token = await tokens.signShared(
      'registration',
      requestClaims({ iss: identity.iss, aud: iss, jti }, binding, nowMs),
      key,
    );
    const headers = { authorization: authorizationOf(token), 'content-type': 'application/json', accept: 'application/json' };
    return { jti, answer: await http.send({ baseUrl: url, method: 'POST', target: handshakeTarget, headers, body, timeoutMs }) };
  };

  /** The remote clock's distance, when it is all that stood in the way. */
  const offsetOf = async ({ iss, key }: Invitation, { jti, answer }: Answered): Promise<number | undefined> => {
    const signedTime = answer.headers['odst-time'];
    if (answer.status !== 401 || signedTime === undefined) return undefined;
    const expected = { iss, aud: identity.iss, jti };
    const { nowMs } = readSignedTime(await tokens.verifyShared('time', signedTime, key), expected);
    return nowMs - clock.now().getTime();
  };

  const check = async ({ url, iss, key }: Invitation, { jti, answer }: Answered): Promise<HandshakeMessage> => {
    if (answer.status !== 201) throw refusalOf(answer, url);
    const claims = await tokens.verifyShared('answer', answer.headers['odst-signature'] ?? '', key);
    const bound =
      claims['iss'] === iss &&
      claims['aud'] === identity.iss &&
      claims['jti'] === jti &&
      claims['bodySha256'] === sha256(answer.body);
    if (!bound) throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'the answer belongs to another request');
    const message = decodeHandshake(answer.body);
    await checkProof(tokens, message, { iss, aud: identity.iss, jti });
    return message;
  };

  const shakeHands = async (invitation: Invitation): Promise<HandshakeMessage> => {
    try {
      let answered = await send(invitation, clocks.offsetMs(invitation.iss));
      const offsetMs = await offsetOf(invitation, answered);
      if (offsetMs !== undefined) answered = await send(invitation, offsetMs);
      return await check(invitation, answered);
    } catch (error) {
      const senseless = ['REGISTRATION_SIGNATURE_INVALID', 'COMMON_REQUEST_MALFORMED', 'REGISTRATION_PEER_INVALID'];
      if (!isOdstError(error) || !senseless.includes(error.code)) throw error;
      const reason = `${invitation.url} gave no sensible answer: ${error.message}`;
      throw new OdstError('REGISTRATION_PEER_UNREACHABLE', reason, {}, { cause: error });
    }
  };

  return async (copied, context) => {
    const invitation = checkInvitation(copied);
    if (invitation.iss === identity.iss) throw new OdstError('REGISTRATION_PEER_SELF', 'the ISS ID is the one of this server');
    if (directory.server().profile.url === '') {
      throw new OdstError('REGISTRATION_URL_UNSET', 'peers could not reach this server: its URL is not set');
    }
    await assertSafeUrl(invitation.url, addresses);
    const toldSha256 = profileDigest(directory.server().profile);
    const message = await shakeHands(invitation);
    if (message.profile.firewalledMode) {
      throw new OdstError('REGISTRATION_PEER_FIREWALLED', 'the remote server is firewalled: register this server there');
    }
    await assertSafeUrl(message.profile.url, addresses);
    const clockOffsetMs = message.sentAt.getTime() - clock.now().getTime();
    return keepPeer({ ...message, clockOffsetMs, toldSha256, initiatedBy: 'here' }, context);
  };
}
