import { type Clock, isOdstError } from '@odst/kernel';
import type { PeerClient, PeerRequest, Signer } from '@odst/peer-client';
import { isLoopback, literalAddress } from '../domain/network-address.ts';
import type { ServerProfile } from '../domain/profile.ts';
import { requestClaims } from '../domain/request-claims.ts';
import { authorizationOf } from './authorization-header.ts';
import { sha256 } from './digest.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { InvitationKey } from './invitation-key.ts';
import type { HostAddresses, Random, Tokens } from './ports.ts';
import { faultWords, urlFaultOf } from './safe-url.ts';

/**
 * What an admin should know of this server's URL: that peers refuse it, that nobody or somebody else answers there, who is not told of it.
 * It never fails: a server may be reached from everywhere but from itself, as behind a router that does not lead back.
 */
export type CheckOwnUrl = () => Promise<readonly string[]>;

export type CheckOwnUrlDeps = {
  readonly identity: OwnIdentity;
  readonly invitationKey: InvitationKey;
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly peers: PeerClient;
  readonly addresses: HostAddresses;
  readonly random: Random;
  readonly clock: Clock;
};

const limitMs = 3_000;

/** A handshake with itself. Only this server knows its Key, and it answers that it is called by itself before it looks at the body. */
const ownHandshake: PeerRequest = {
  method: 'POST',
  target: '/api/ods/v1/peers',
  json: {},
  repeatable: true,
  limits: { answerMs: limitMs, silenceMs: limitMs, wholeMs: limitMs },
};

/** Builds the check. */
export function createCheckOwnUrl(deps: CheckOwnUrlDeps): CheckOwnUrl {
  const { identity, invitationKey, directory, tokens, peers, addresses, random, clock } = deps;

  const signerFor = (baseUrl: string): Signer => ({
    async sign(aud, { method, target, body }) {
      const parties = { iss: identity.iss, aud, jti: Buffer.from(random.bytes(16)).toString('base64url') };
      const claims = requestClaims(parties, { method, target, bodySha256: sha256(body) }, clock.now().getTime());
      const token = await tokens.signShared('registration', claims, await invitationKey.current());
      return { baseUrl, authorization: authorizationOf(token) };
    },
    // Another server would tell its time; it is not this one.
    reportTime: async () => undefined,
  });

  /** Why it is not this server that answers at its URL; undefined where it does. */
  const strangerAt = async (url: string): Promise<string | undefined> => {
    try {
      const { status } = await peers.send(identity.iss, ownHandshake, { signer: signerFor(url) });
      return `this server does not reach itself at its URL: something else answers at ${url}, with ${status}`;
    } catch (error) {
      if (!isOdstError(error)) throw error;
      const { remoteCode, redirectsTo } = error.details;
      if (remoteCode === 'REGISTRATION_PEER_SELF') return undefined;
      if (remoteCode === 'REGISTRATION_SIGNATURE_INVALID') {
        return `another Open Distribution Server answers at ${url}, the URL of this one: peers and clients would take that one for this. Set the URL that leads here`;
      }
      if (typeof redirectsTo === 'string' && redirectsTo !== '') {
        return `${url}, the URL of this server, redirects to ${redirectsTo}, which peers do not follow: set that URL`;
      }
      return `this server does not reach itself at its URL: ${error.message}. Where peers and clients do, as behind a router that does not lead back from inside, nothing is to be done; else they lose it`;
    }
  };

  return async () => {
    const { profile } = directory.server();
    const { url, firewalledMode } = profile;
    if (url === '' || firewalledMode) return [];
    const fault = await urlFaultOf(url, addresses);
    if (fault === 'public') return [`other servers refuse this one: ${faultWords(url, fault)}`];
    const stranger = await strangerAt(url);
    const elsewhere = directory.peers().filter((peer) => peer.profile.firewalledMode || !isLocal(peer.profile.url));
    return [
      ...(stranger === undefined ? [] : [stranger]),
      ...(isLocal(url) && elsewhere.length > 0
        ? [
            `${url} is an address of this machine only, and ${elsewhere.length} of its peers are on others: they cannot reach this server`,
          ]
        : []),
    ];
  };
}

/**
 * What an admin should know of a registration that was made: each of the two goes on with the URL that the other one states of itself.
 * @param typedUrl where the other server was reached
 */
export function registrationWarnings(typedUrl: string, peer: ServerProfile, own: ServerProfile): readonly string[] {
  const reached = new URL(typedUrl.trim()).origin;
  const states =
    `${peer.name} was reached at ${reached} and states ${peer.url} as its URL: it is asked there from now on. ` +
    'Where that is wrong, correct it in its settings';
  const local = `${peer.name} asks this server at ${own.url} from now on, an address of this machine only: set the URL that leads here from there`;
  return [
    ...(peer.url === reached ? [] : [states]),
    ...(isLocal(own.url) && !own.firewalledMode && !isLocal(peer.url) ? [local] : []),
  ];
}

/** Whether a URL leads to the machine itself, wherever it is used. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  const address = literalAddress(hostname);
  return hostname === 'localhost' || (address !== undefined && isLoopback(address));
}
