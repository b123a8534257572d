import type { SignedProfile as ProfileMessage } from '@odst/contracts/registration';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, type ErrorCode, isOdstError, OdstError } from '@odst/kernel';
import { refuseBlocked } from '../domain/known-server.ts';
import { sameProfile } from '../domain/profile.ts';
import type { SignedRetirement } from '../domain/retirement.ts';
import { serverStream } from '../domain/server.ts';
import { checkToldProfile, isNewer, type SignedProfile } from '../domain/signed-profile.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { HostAddresses, Tokens } from './ports.ts';
import type { TakeRetirement } from './retire-server.ts';
import { assertSafeUrl } from './safe-url.ts';
import { isSignedBySelf, type SignProfile } from './sign-profile.ts';
import type { Streams } from './streams.ts';

/** A profile, or a retirement, that was not taken in; of a retirement the server that is gone. */
export type RefusedProfile = { readonly iss: string; readonly code: ErrorCode; readonly reason: string };

/**
 * Keeps profiles that a peer told, its own and those of servers that it knows, and which servers are retired. Each counts by itself, and
 * by its signature: who passed it on does not matter.
 * @returns those that were refused: REGISTRATION_PEER_INVALID, REGISTRATION_PEER_URL_INSECURE, REGISTRATION_SERVER_BLOCKED,
 *   REGISTRATION_INTRODUCTION_REFUSED
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE; the profiles may be told again
 */
export type AcceptProfiles = (
  fromIss: string,
  told: readonly ProfileMessage[],
  metadata: EventMetadata,
  /** Judged after the profiles. Default none */
  retirements?: readonly SignedRetirement[],
) => Promise<readonly RefusedProfile[]>;

export type AcceptProfilesDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly tokens: Tokens;
  readonly addresses: HostAddresses;
  readonly signProfile: SignProfile;
  readonly takeRetirement: TakeRetirement;
  readonly clock: Clock;
};

/** Between two profiles of this server that are signed because of what others told. */
const leastGapMs = 60_000;

/** Servers that one peer may introduce: many times those of a large mesh. A peer can make up as many as it likes. */
const mostIntroduced = 500;

/** How many more servers a peer may introduce. */
type Room = { servers: number };

/** @throws OdstError REGISTRATION_PEER_INVALID where there is none */
function takeRoom(room: Room): void {
  if (room.servers <= 0) {
    const reason = `the peer has introduced ${mostIntroduced} servers already; no more are taken from it`;
    throw new OdstError('REGISTRATION_PEER_INVALID', reason);
  }
  room.servers -= 1;
}

/** Builds the use case. */
export function createAcceptProfiles(deps: AcceptProfilesDeps): AcceptProfiles {
  const { streams, directory, identity, tokens, addresses, signProfile, takeRetirement, clock } = deps;

  /** Undefined for one that says nothing new, which is most of what fifty peers pass on: it costs no signature and no look-up of names. */
  const check = async (told: ProfileMessage): Promise<SignedProfile | undefined> => {
    const profile = checkToldProfile(told, clock.now().getTime());
    const { iss } = profile;
    const known = directory.known(iss);
    if (known !== undefined && !isNewer(profile, known.profile)) return undefined;
    if (!isSignedBySelf(tokens, profile)) {
      throw new OdstError('REGISTRATION_PEER_INVALID', `the signature of the profile of ${iss} does not hold`);
    }
    // Only peers are connected to, and nobody connects to a firewalled one.
    if (directory.peer(iss) !== undefined && !profile.firewalledMode) await assertSafeUrl(profile.url, addresses);
    return profile;
  };

  /** @throws OdstError of what is taken from nobody, and of what is not taken from this peer */
  const assertTaken = ({ iss }: SignedProfile, fromIss: string): void => {
    const teller = directory.known(fromIss);
    refuseBlocked(teller);
    refuseBlocked(directory.known(iss));
    if (iss === fromIss || teller?.introduces !== false) return;
    throw new OdstError('REGISTRATION_INTRODUCTION_REFUSED', `${teller.profile.name} is set to introduce no servers here`);
  };

  const take = async (told: ProfileMessage, fromIss: string, metadata: EventMetadata, room: Room): Promise<void> => {
    const profile = await check(told);
    if (profile === undefined) return;
    const { iss } = profile;
    if (iss === identity.iss) return outdo(profile, metadata);
    assertTaken(profile, fromIss);
    if (directory.known(iss) === undefined) takeRoom(room);
    await streams.knownServers.run({
      stream: serverStream(iss),
      command: () => ({ type: 'TakeProfile', profile, fromIss }),
      metadata: { ...metadata, commandId: `${metadata.commandId}:${iss}` },
    });
  };

  const roomOf = (fromIss: string): Room => {
    const introduced = directory.others().filter((one) => one.relation === 'introduced' && one.introducedBy === fromIss);
    return { servers: mostIntroduced - introduced.length };
  };

  /**
   * What this server said before it was restored from a backup is known elsewhere, and would count there more than what it is now; or
   * than what it says next, where it was said by a clock that was ahead. Not again and again: a second server with this identity does
   * the same.
   */
  const outdo = async (heard: SignedProfile, metadata: EventMetadata): Promise<void> => {
    const isDue = (present: SignedProfile) => clock.now().getTime() - Number(present.stamp) > leastGapMs;
    const isAhead = heard.stamp > BigInt(clock.now().getTime());
    const counts = (present: SignedProfile) => isNewer(heard, present) && (isAhead || !sameProfile(heard, present));
    await signProfile((present) => (counts(present) && isDue(present) ? present : undefined), metadata, {
      above: heard.stamp,
    });
  };

  return async (fromIss, told, metadata, retirements = []) => {
    const refused: RefusedProfile[] = [];
    const orRefused = async (iss: string, taking: Promise<void>): Promise<void> => {
      try {
        await taking;
      } catch (error) {
        if (!isOdstError(error) || !refusals.includes(error.code)) throw error;
        refused.push({ iss: iss.slice(0, 64), code: error.code, reason: error.message });
      }
    };
    const room = roomOf(fromIss);
    for (const profile of told) await orRefused(profile.iss, take(profile, fromIss, metadata, room));
    if (retirements.length > 0) await directory.catchUp();
    for (const retirement of retirements) await orRefused(retirement.iss, takeRetirement(retirement, fromIss, metadata));
    await directory.catchUp();
    return refused;
  };
}

const refusals: readonly ErrorCode[] = [
  'REGISTRATION_PEER_INVALID',
  'REGISTRATION_PEER_URL_INSECURE',
  'REGISTRATION_SERVER_BLOCKED',
  'REGISTRATION_INTRODUCTION_REFUSED',
];
