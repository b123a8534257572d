import { SignedProfile as ProfileMessage } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import { checkToldProfile, profileText, type SignedProfile } from '../domain/signed-profile.ts';

/** What either side of the handshake tells of itself. */
export type HandshakeMessage = {
  readonly profile: SignedProfile;
  /** When it was sent, by the sender's own clock: shows the difference. */
  readonly sentAt: Date;
  /** Token by the private key over the other fields. */
  readonly proof: string;
};

/** How long whoever registers waits for the answer, and so how old a message may be when it comes. */
export const handshakeLimitMs = 10_000;

/**
 * How far the clock of who sent a message is ahead of this server's, in milliseconds: 0 where the time that the message may have been on
 * its way explains the difference, as it is long between busy machines.
 */
export function clockOffsetOf({ sentAt }: Pick<HandshakeMessage, 'sentAt'>, arrivedMs: number, onTheWayMs: number): number {
  const offsetMs = sentAt.getTime() - arrivedMs;
  return offsetMs < 0 && offsetMs >= -onTheWayMs ? 0 : offsetMs;
}

/** The fields that the proof covers, in their one form. */
export function provenForm({ profile, sentAt }: Omit<HandshakeMessage, 'proof'>): string {
  return JSON.stringify([profileText(profile), sentAt.toISOString()]);
}

/** The body of the request, or of its answer. */
export function encodeHandshake({ profile, sentAt, proof }: HandshakeMessage): Uint8Array {
  return Buffer.from(JSON.stringify({ profile: ProfileMessage.toJSON(profile), sentAt: sentAt.toISOString(), proof }));
}

/**
 * The reverse, checked field by field; unknown fields are left for later versions. The signature of the profile is not checked: the
 * proof is by the same key over the same fields.
 * @param nowMs milliseconds since 1970
 * @throws OdstError COMMON_REQUEST_MALFORMED for what is no JSON object, REGISTRATION_PEER_INVALID for a wrong field
 */
export function decodeHandshake(body: Uint8Array, nowMs: number): HandshakeMessage {
  const { profile, sentAt, proof } = parseObject(body);
  const at = typeof sentAt === 'string' ? new Date(sentAt) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) throw wrong('sentAt');
  if (typeof proof !== 'string') throw wrong('proof');
  return { profile: checkToldProfile(readProfile(profile), nowMs), sentAt: at, proof };
}

/** A profile in JSON. @throws OdstError REGISTRATION_PEER_INVALID for something else */
function readProfile(value: unknown): ProfileMessage {
  if (typeof value !== 'object' || value === null) throw wrong('profile');
  try {
    return ProfileMessage.fromJSON(value);
  } catch (error) {
    throw wrong('profile', { cause: error });
  }
}

function wrong(field: string, options?: ErrorOptions): OdstError {
  return new OdstError('REGISTRATION_PEER_INVALID', `${field} is missing or malformed`, { pointer: `/${field}` }, options);
}

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (error) {
    throw new OdstError('COMMON_REQUEST_MALFORMED', 'the body is not JSON', {}, { cause: error });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw new OdstError('COMMON_REQUEST_MALFORMED', 'the body is not a JSON object');
}
