import type { SignedProfile as ProfileMessage } from '@odst/contracts/registration';
import { isIss, issOf, OdstError } from '@odst/kernel';
import { publicKeyBytes } from './invitation.ts';
import { checkBaseUrl, checkName, checkStage, type ServerProfile } from './profile.ts';

/** A profile with the signature of the server that it is of: true whoever passes it on. */
export type SignedProfile = ServerProfile & {
  /** Follows from the public key. */
  readonly iss: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** When it was signed, by the server's clock, and later than any before: milliseconds since 1970. */
  readonly stamp: bigint;
  /** Ed25519, 64 bytes, over {@link profileBytes}. */
  readonly signature: Uint8Array;
};

/** A profile before its server signs it. */
export type UnsignedProfile = Omit<SignedProfile, 'signature'>;

const signatureBytes = 64;

/** How far ahead of the clock a stamp may lie: a profile from a wrong clock would else count for ever. */
const aheadLimitMs = 24n * 3_600_000n;

/** The one text of a profile, over which it is signed: a JSON array, the key in base64, the stamp as digits. */
export function profileText({ iss, publicKey, name, url, stage, firewalledMode, stamp }: UnsignedProfile): string {
  const key = Buffer.from(publicKey).toString('base64');
  return JSON.stringify(['odst.profile.v1', iss, key, name, url, stage, firewalledMode, stamp.toString()]);
}

/** {@link profileText} in UTF-8: what is signed. */
export function profileBytes(profile: UnsignedProfile): Uint8Array {
  return new TextEncoder().encode(profileText(profile));
}

/** The stamp of a server's next profile. @param last its last one; 0 for none. @param nowMs milliseconds since 1970 */
export function nextProfileStamp(last: bigint, nowMs: number): bigint {
  const now = BigInt(nowMs);
  return now > last ? now : last + 1n;
}

/** Whether a profile of the same server counts more than another: by stamp, else by whatever is the same on every server. */
export function isNewer(one: UnsignedProfile, other: UnsignedProfile): boolean {
  return one.stamp === other.stamp ? profileText(one) > profileText(other) : one.stamp > other.stamp;
}

/** The one of two profiles of the same server that counts. */
export function newerOf(one: SignedProfile | undefined, other: SignedProfile): SignedProfile {
  return one === undefined || isNewer(other, one) ? other : one;
}

/** A profile as it is stored. @throws TypeError without one */
export function storedProfile(message: ProfileMessage | undefined): SignedProfile {
  if (message === undefined) throw new TypeError('an event of a server without its profile');
  return { ...message, stage: checkStage(message.stage, 'REGISTRATION_PEER_INVALID') };
}

/**
 * Checks a profile that somebody told, all but its signature.
 * @param nowMs milliseconds since 1970
 * @throws OdstError REGISTRATION_PEER_INVALID
 */
export function checkToldProfile(told: ProfileMessage, nowMs: number): SignedProfile {
  const refuse = (reason: string, field: string) =>
    new OdstError('REGISTRATION_PEER_INVALID', `the profile ${reason}`, { pointer: `/${field}` });
  const { iss, publicKey, firewalledMode, stamp, signature } = told;
  if (!isIss(iss)) throw refuse('has no proper iss', 'iss');
  if (publicKey.length !== publicKeyBytes) throw refuse(`has a key that is not ${publicKeyBytes} bytes`, 'publicKey');
  if (issOf(publicKey) !== iss) throw refuse(`has a key that is not the one of the server ${iss}`, 'publicKey');
  if (signature.length !== signatureBytes) throw refuse(`has a signature that is not ${signatureBytes} bytes`, 'signature');
  if (stamp <= 0n || stamp > BigInt(nowMs) + aheadLimitMs) throw refuse('has a stamp that no clock of today gives', 'stamp');
  const code = 'REGISTRATION_PEER_INVALID';
  const [name, url, stage] = [checkName(told.name, code), checkBaseUrl(told.url, code), checkStage(told.stage, code)];
  // Signed is what was told: another form of it is another text.
  if (name !== told.name) throw refuse('has a name that is not in its one form', 'name');
  if (url !== told.url) throw refuse('has a URL that is not in its one form', 'url');
  return { iss, publicKey, name, url, stage, firewalledMode, stamp, signature };
}
