import { statementOf } from '@odst/contracts/registration';
import { type EventMetadata, serviceMetadata } from '@odst/event-store';
import { type Clock, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { refuseBlocked, refusePeer } from '../domain/known-server.ts';
import {
  checkReason,
  checkToldRetirement,
  isRetired,
  nextRetirementStamp,
  retirementBytes,
  type SignedRetirement,
  type UnsignedRetirement,
} from '../domain/retirement.ts';
import { serverStream } from '../domain/server.ts';
import { findServer } from './block-server.ts';
import type { Directory, OtherServer } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { Random, Signer, Tokens } from './ports.ts';
import type { SignProfile } from './sign-profile.ts';
import { retirementPurpose } from './statements.ts';
import type { Streams } from './streams.ts';

type Deps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Signs a retirement with the key that it names. */
export function signedRetirement(retirement: UnsignedRetirement, signer: Signer): SignedRetirement {
  return { ...retirement, signature: signer.signBytes(statementOf(retirementPurpose, retirementBytes(retirement))) };
}

/**
 * Says of a server that it is gone for good, signed, for all who hear of it. It counts until that server says something of itself that is
 * newer. Retired already, it does nothing.
 * @param reason 1,000 characters at most; may be empty
 * @throws OdstError REGISTRATION_SERVER_UNKNOWN, REGISTRATION_PEER_SELF, REGISTRATION_SERVER_IS_PEER, COMMON_REQUEST_INVALID
 */
export type RetireServer = (
  iss: string,
  reason: string,
  metadata: EventMetadata,
) => Promise<{ readonly server: OtherServer; readonly wasRetired: boolean }>;

/** Builds the use case. */
export function createRetireServer(deps: Deps): RetireServer {
  const { streams, directory, identity, clock, logger } = deps;
  return async (iss, told, metadata) => {
    const reason = checkReason(told);
    const before = await findServer(deps, iss);
    const { publicKey } = identity.signer;
    const { events } = await streams.knownServers.run({
      stream: serverStream(iss),
      command(state) {
        refusePeer(state);
        const { profile, retirement } = state ?? before;
        if (isRetired(retirement, profile)) return undefined;
        const last = retirement !== undefined && retirement.stamp > profile.stamp ? retirement.stamp : profile.stamp;
        const stamp = nextRetirementStamp(last, clock.now().getTime());
        const unsigned = { iss, byIss: identity.iss, publicKey, actor: metadata.actor, reason, stamp };
        return { type: 'RetireServer', retirement: signedRetirement(unsigned, identity.signer), known: before };
      },
      metadata,
    });
    await directory.catchUp();
    const server = directory.known(iss) ?? before;
    const wasRetired = events.length === 0;
    if (!wasRetired) logger.warn({ server: iss, name: server.profile.name, actor: metadata.actor }, 'a server was retired');
    return { server, wasRetired };
  };
}

/**
 * Keeps a retirement that a peer told. One of this server is kept whoever signed it, so that the next profile can answer it.
 * @throws OdstError REGISTRATION_PEER_INVALID, REGISTRATION_SERVER_BLOCKED, REGISTRATION_INTRODUCTION_REFUSED
 */
export type TakeRetirement = (told: SignedRetirement, fromIss: string, metadata: EventMetadata) => Promise<void>;

/** Builds the use case. */
export function createTakeRetirement(deps: Deps & { readonly tokens: Tokens }): TakeRetirement {
  const { streams, directory, identity, tokens, clock, logger } = deps;

  const assertSigned = (retirement: SignedRetirement): void => {
    const { iss, byIss, publicKey, signature } = retirement;
    if (tokens.verifyBytes(statementOf(retirementPurpose, retirementBytes(retirement)), signature, publicKey)) return;
    throw new OdstError('REGISTRATION_PEER_INVALID', `the signature of ${byIss} under the retirement of ${iss} does not hold`);
  };

  /** @returns what is known of the server @throws OdstError of what is taken from nobody, and of what is not taken from this peer */
  const assertTaken = ({ iss, byIss }: SignedRetirement, fromIss: string): OtherServer => {
    const teller = directory.known(fromIss);
    refuseBlocked(teller);
    const signer = directory.known(byIss);
    refuseBlocked(signer);
    const known = directory.known(iss);
    if (known === undefined || (signer === undefined && byIss !== identity.iss)) {
      const unknown = signer === undefined && byIss !== identity.iss ? byIss : iss;
      throw new OdstError('REGISTRATION_PEER_INVALID', `the retirement of ${iss} names the server ${unknown}, unknown here`);
    }
    if (byIss === fromIss || teller?.introduces !== false) return known;
    throw new OdstError('REGISTRATION_INTRODUCTION_REFUSED', `${teller.profile.name} is set to introduce no servers here`);
  };

  return async (told, fromIss, metadata) => {
    const retirement = checkToldRetirement(told, clock.now().getTime());
    const { iss } = retirement;
    const isOwn = iss === identity.iss;
    const known = isOwn ? directory.server() : directory.known(iss);
    // Most of what is passed on is known: it costs no signature.
    if (known !== undefined && (!isRetired(retirement, known.profile) || known.retirement?.stamp === retirement.stamp)) return;
    assertSigned(retirement);
    const stream = serverStream(iss);
    const mine = { ...metadata, commandId: `${metadata.commandId}:retired:${iss}` };
    if (isOwn) {
      await streams.servers.run({ stream, command: () => ({ type: 'NoteRetirement', retirement }), metadata: mine });
      const { byIss, actor, reason } = retirement;
      logger.warn({ byIss, actor, reason }, 'an admin elsewhere retired this server; it says that it lives');
      return;
    }
    const before = assertTaken(retirement, fromIss);
    const command = () => ({ type: 'TakeRetirement', retirement, known: before }) as const;
    await streams.knownServers.run({ stream, command, metadata: mine });
  };
}

/** Between two answers to retirements of this server. */
const leastGapMs = 60_000;

/**
 * Signs this server's profile anew where it was retired, so that a mistake mends itself: it lives. Once a minute at most, whoever retires it
 * again and again.
 * @returns milliseconds until it may do so; undefined where it need not
 */
export type AnswerRetirement = () => Promise<number | undefined>;

/** Builds the use case. */
export function createAnswerRetirement(
  deps: Deps & { readonly signProfile: SignProfile; readonly random: Random },
): AnswerRetirement {
  const { directory, clock, random, signProfile, logger } = deps;
  let nextMs = 0;
  return async () => {
    await directory.catchUp();
    const { retirement, profile } = directory.server();
    if (retirement === undefined || !isRetired(retirement, profile)) return undefined;
    const nowMs = clock.now().getTime();
    if (nowMs < nextMs) return nextMs - nowMs;
    nextMs = nowMs + leastGapMs;
    await signProfile((present) => present, serviceMetadata('registration', random.uuid()), {
      above: retirement.stamp,
    });
    logger.warn(
      { byIss: retirement.byIss, actor: retirement.actor },
      'this server was retired elsewhere and has said that it lives',
    );
    return undefined;
  };
}
