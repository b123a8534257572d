import { statementOf } from '@odst/contracts/registration';
import type { EventMetadata } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import type { ServerProfile } from '../domain/profile.ts';
import { serverStream } from '../domain/server.ts';
import { nextProfileStamp, profileBytes, type SignedProfile, type UnsignedProfile } from '../domain/signed-profile.ts';
import type { Directory, KnownServer } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { Signer, Tokens } from './ports.ts';
import { profilePurpose } from './statements.ts';
import type { Streams } from './streams.ts';

/** Signs a profile with the key that it names. */
export function signedProfile(profile: UnsignedProfile, signer: Signer): SignedProfile {
  return { ...profile, signature: signer.signBytes(statementOf(profilePurpose, profileBytes(profile))) };
}

/** Whether a profile has the signature of the server that it is of. */
export function isSignedBySelf(tokens: Tokens, profile: SignedProfile): boolean {
  return tokens.verifyBytes(statementOf(profilePurpose, profileBytes(profile)), profile.signature, profile.publicKey);
}

/**
 * Keeps what this server says of itself from now on, signed.
 * @param change what it becomes, from what it is; undefined leaves it
 * @param above the stamp is later than this one too. Default 0
 */
export type SignProfile = (
  change: (present: SignedProfile) => ServerProfile | undefined | Promise<ServerProfile | undefined>,
  metadata: EventMetadata,
  above?: bigint,
) => Promise<KnownServer>;

/** Builds the step. */
export function createSignProfile(deps: {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly clock: Clock;
}): SignProfile {
  const { streams, directory, identity, clock } = deps;
  return async (change, metadata, above = 0n) => {
    await streams.servers.run({
      stream: serverStream(identity.iss),
      command: async (state) => {
        const present = (state ?? directory.server()).profile;
        const wanted = await change(present);
        if (wanted === undefined) return undefined;
        const { name, url, stage, firewalledMode } = wanted;
        const last = present.stamp > above ? present.stamp : above;
        const stamp = nextProfileStamp(last, clock.now().getTime());
        const { iss, publicKey } = present;
        const profile = signedProfile({ iss, publicKey, name, url, stage, firewalledMode, stamp }, identity.signer);
        return { type: 'ChangeSettings', profile };
      },
      metadata,
    });
    await directory.catchUp();
    return directory.server();
  };
}
