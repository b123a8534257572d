import type { SignedRetirement } from '@odst/contracts/registration';
import { isIss, issOf, OdstError } from '@odst/kernel';
import { publicKeyBytes } from './invitation.ts';

export type { SignedRetirement };

/** A retirement before it is signed. */
export type UnsignedRetirement = Omit<SignedRetirement, 'signature'>;

const signatureBytes = 64;
const [longestActor, longestReason] = [200, 1_000];

/** How far ahead of the clock a stamp may lie. */
const aheadLimitMs = 24n * 3_600_000n;

/** The one text of a retirement, over which it is signed: a JSON array, the key in base64, the stamp as digits. */
function retirementText({ iss, byIss, publicKey, actor, reason, stamp }: UnsignedRetirement): string {
  const key = Buffer.from(publicKey).toString('base64');
  return JSON.stringify(['odst.retirement.v1', iss, byIss, key, actor, reason, stamp.toString()]);
}

/** {@link retirementText} in UTF-8: what is signed. */
export function retirementBytes(retirement: UnsignedRetirement): Uint8Array {
  return new TextEncoder().encode(retirementText(retirement));
}

/** The stamp of the next retirement of a server. @param last latest stamp of it that is known, of profile or retirement @param nowMs milliseconds since 1970 */
export function nextRetirementStamp(last: bigint, nowMs: number): bigint {
  const now = BigInt(nowMs);
  return now > last ? now : last + 1n;
}

/** Whether a retirement of the same server counts more than another: by stamp, else by whatever is the same on every server. */
export function isNewerRetirement(one: UnsignedRetirement, other: UnsignedRetirement | undefined): boolean {
  if (other === undefined) return true;
  return one.stamp === other.stamp ? retirementText(one) > retirementText(other) : one.stamp > other.stamp;
}

/** Whether a server is retired: nothing that it says of itself is as new as the retirement. */
export function isRetired(retirement: Pick<SignedRetirement, 'stamp'> | undefined, profile: { readonly stamp: bigint }): boolean {
  return retirement !== undefined && retirement.stamp > profile.stamp;
}

/** Checks an admin's reason and returns it trimmed and in NFC; empty for none. @throws OdstError COMMON_REQUEST_INVALID */
export function checkReason(value: string): string {
  const reason = value.normalize('NFC').trim();
  const fault = textFault(reason, longestReason);
  if (fault === undefined) return reason;
  throw new OdstError('COMMON_REQUEST_INVALID', `the reason ${fault}`, { pointer: '/reason' });
}

/**
 * Checks the form of a retirement that somebody told, all but its signature.
 * @param nowMs milliseconds since 1970
 * @throws OdstError REGISTRATION_PEER_INVALID
 */
export function checkToldRetirement(told: SignedRetirement, nowMs: number): SignedRetirement {
  const { iss, byIss, publicKey, actor, reason, stamp, signature } = told;
  const fault =
    (isIss(iss) && isIss(byIss) ? undefined : 'names no server') ??
    (iss === byIss ? 'is of the server that signed it' : undefined) ??
    (publicKey.length === publicKeyBytes && issOf(publicKey) === byIss
      ? undefined
      : `has a key that is not the one of the server ${byIss}`) ??
    (signature.length === signatureBytes ? undefined : `has a signature that is not ${signatureBytes} bytes`) ??
    (stamp > 0n && stamp <= BigInt(nowMs) + aheadLimitMs ? undefined : 'has a stamp that no clock of today gives') ??
    prefixed('has an actor that', textFault(actor, longestActor)) ??
    prefixed('has a reason that', textFault(reason, longestReason));
  if (fault !== undefined) throw new OdstError('REGISTRATION_PEER_INVALID', `the retirement ${fault}`);
  return { iss, byIss, publicKey, actor, reason, stamp, signature };
}

const prefixed = (words: string, fault: string | undefined) => (fault === undefined ? undefined : `${words} ${fault}`);

function textFault(text: string, longest: number): string | undefined {
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  if (text.length > longest) return `has ${text.length} characters; ${longest} are allowed`;
  return /\p{Cc}/u.test(text) ? 'contains a control character' : undefined;
}
