import { statementOf } from '@odst/contracts/registration';
import type { EventMetadata } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import type { Policy } from '../domain/policy.ts';
import type { ServerProfile } from '../domain/profile.ts';
import { serverStream } from '../domain/server.ts';
import { nextProfileStamp, profileBytes, type SignedProfile, type UnsignedProfile } from '../domain/signed-profile.ts';
import type { Directory, KnownServer } from './directory.ts';
import { assertVersion } from './expected-version.ts';
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

/** What goes with a change of what this server says of itself. */
export type AlsoChanged = {
  /** The stamp is later than this one too. Default 0 */
  readonly above?: bigint;
  /** What it does with packages by itself from then on. Default as before */
  readonly policy?: (present: Policy) => Policy;
  /** Version of the settings that the admin saw. Default 0, whatever there is */
  readonly expectedVersion?: bigint;
};

/**
 * Keeps what this server says of itself from now on, signed, and with it what else is changed: all of it or nothing.
 * @param change what it becomes, from what it is; undefined leaves it
 * @throws OdstError COMMON_COMMAND_CONFLICT at another version than the expected one
 */
export type SignProfile = (
  change: (present: SignedProfile) => ServerProfile | undefined | Promise<ServerProfile | undefined>,
  metadata: EventMetadata,
  also?: AlsoChanged,
) => Promise<KnownServer>;

/** Builds the step. */
export function createSignProfile(deps: {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly clock: Clock;
}): SignProfile {
  const { streams, directory, identity, clock } = deps;
  return async (change, metadata, { above = 0n, policy: changePolicy, expectedVersion = 0n } = {}) => {
    await streams.servers.run({
      stream: serverStream(identity.iss),
      command: async (state, version) => {
        assertVersion(version, expectedVersion);
        const { profile: present, policy: presentPolicy } = state ?? directory.server();
        const policy = changePolicy?.(presentPolicy);
        const wanted = await change(present);
        if (wanted === undefined) return policy === undefined ? undefined : { type: 'ChangeSettings', policy };
        const { name, url, stage, firewalledMode } = wanted;
        const last = present.stamp > above ? present.stamp : above;
        const stamp = nextProfileStamp(last, clock.now().getTime());
        const { iss, publicKey } = present;
        const profile = signedProfile({ iss, publicKey, name, url, stage, firewalledMode, stamp }, identity.signer);
        return { type: 'ChangeSettings', profile, policy };
      },
      metadata,
    });
    await directory.catchUp();
    return directory.server();
  };
}
