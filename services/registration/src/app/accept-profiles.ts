import type { SignedProfile as ProfileMessage } from '@odst/contracts/registration';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, type ErrorCode, isOdstError, OdstError } from '@odst/kernel';
import { sameProfile } from '../domain/profile.ts';
import { serverStream } from '../domain/server.ts';
import { checkToldProfile, isNewer, type SignedProfile } from '../domain/signed-profile.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { HostAddresses, Tokens } from './ports.ts';
import { assertSafeUrl } from './safe-url.ts';
import { isSignedBySelf, type SignProfile } from './sign-profile.ts';
import type { Streams } from './streams.ts';

/** A profile that was not taken in. */
export type RefusedProfile = { readonly iss: string; readonly code: ErrorCode; readonly reason: string };

/**
 * Keeps profiles that a peer told, its own and those of servers that it knows. Each counts by itself, and by its signature: who
 * passed it on does not matter.
 * @returns those that were refused: REGISTRATION_PEER_INVALID, REGISTRATION_PEER_URL_INSECURE
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE; the profiles may be told again
 */
export type AcceptProfiles = (
  fromIss: string,
  told: readonly ProfileMessage[],
  metadata: EventMetadata,
) => Promise<readonly RefusedProfile[]>;

export type AcceptProfilesDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly tokens: Tokens;
  readonly addresses: HostAddresses;
  readonly signProfile: SignProfile;
  readonly clock: Clock;
};

/** Between two profiles of this server that are signed because of what others told. */
const leastGapMs = 60_000;

/** Builds the use case. */
export function createAcceptProfiles(deps: AcceptProfilesDeps): AcceptProfiles {
  const { streams, directory, identity, tokens, addresses, signProfile, clock } = deps;

  const check = async (told: ProfileMessage): Promise<SignedProfile> => {
    const profile = checkToldProfile(told, clock.now().getTime());
    const { iss } = profile;
    if (!isSignedBySelf(tokens, profile)) {
      throw new OdstError('REGISTRATION_PEER_INVALID', `the signature of the profile of ${iss} does not hold`);
    }
    // Only peers are connected to, and nobody connects to a firewalled one.
    if (directory.peer(iss) !== undefined && !profile.firewalledMode) await assertSafeUrl(profile.url, addresses);
    return profile;
  };

  const take = async (told: ProfileMessage, fromIss: string, metadata: EventMetadata): Promise<void> => {
    const profile = await check(told);
    const { iss } = profile;
    if (iss === identity.iss) return outdo(profile, metadata);
    const known = directory.known(iss);
    if (known !== undefined && !isNewer(profile, known.profile)) return;
    await streams.knownServers.run({
      stream: serverStream(iss),
      command: () => ({ type: 'TakeProfile', profile, fromIss }),
      metadata: { ...metadata, commandId: `${metadata.commandId}:${iss}` },
    });
  };

  /**
   * What this server said before it was restored from a backup is known elsewhere, and would count there more than what it is now. Not
   * again and again: a second server with this identity does the same.
   */
  const outdo = async (heard: SignedProfile, metadata: EventMetadata): Promise<void> => {
    const isDue = (present: SignedProfile) => clock.now().getTime() - Number(present.stamp) > leastGapMs;
    const isOther = (present: SignedProfile) => isNewer(heard, present) && !sameProfile(heard, present);
    await signProfile((present) => (isOther(present) && isDue(present) ? present : undefined), metadata, heard.stamp);
  };

  return async (fromIss, told, metadata) => {
    const refused: RefusedProfile[] = [];
    for (const profile of told) {
      try {
        await take(profile, fromIss, metadata);
      } catch (error) {
        if (!isOdstError(error) || !isRefusal(error)) throw error;
        refused.push({ iss: profile.iss.slice(0, 64), code: error.code, reason: error.message });
      }
    }
    await directory.catchUp();
    return refused;
  };
}

function isRefusal({ code }: OdstError): boolean {
  return code === 'REGISTRATION_PEER_INVALID' || code === 'REGISTRATION_PEER_URL_INSECURE';
}
