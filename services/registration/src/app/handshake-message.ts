import { isIss, issOf, OdstError } from '@odst/kernel';
import { decodeBase64, publicKeyBytes } from '../domain/invitation.ts';
import { checkPeerProfile, type ServerProfile } from '../domain/profile.ts';

/** What either side of the handshake tells of itself. */
export type HandshakeMessage = {
  readonly iss: string;
  readonly profile: ServerProfile;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** When it was sent, by the sender's own clock: shows the difference. */
  readonly sentAt: Date;
  /** Token by the private key over the other fields. */
  readonly proof: string;
};

/** The fields that the proof covers, in their one form. */
export function provenForm(message: Omit<HandshakeMessage, 'proof'>): string {
  const { name, url, stage, firewalledMode } = message.profile;
  const publicKey = Buffer.from(message.publicKey).toString('base64');
  return JSON.stringify([message.iss, name, url, stage, firewalledMode, publicKey, message.sentAt.toISOString()]);
}

/** The body of the request, or of its answer. */
export function encodeHandshake({ iss, profile, publicKey, sentAt, proof }: HandshakeMessage): Uint8Array {
  const { name, url, stage, firewalledMode } = profile;
  const key = Buffer.from(publicKey).toString('base64');
  return Buffer.from(
    JSON.stringify({ iss, name, url, stage, firewalledMode, publicKey: key, sentAt: sentAt.toISOString(), proof }),
  );
}

/**
 * The reverse, checked field by field; unknown fields are left for later versions.
 * @throws OdstError COMMON_REQUEST_MALFORMED for what is no JSON object, REGISTRATION_PEER_INVALID for a wrong field, or for a key
 *   that is not the one of the `iss`
 */
export function decodeHandshake(body: Uint8Array): HandshakeMessage {
  const { iss, name, url, stage, firewalledMode, publicKey, sentAt, proof } = parseObject(body);
  const wrong = (field: string) =>
    new OdstError('REGISTRATION_PEER_INVALID', `${field} is missing or malformed`, { pointer: `/${field}` });
  if (!isIss(iss)) throw wrong('iss');
  const key = typeof publicKey === 'string' ? decodeBase64(publicKey, publicKeyBytes) : undefined;
  if (key === undefined) throw wrong('publicKey');
  if (issOf(key) !== iss) throw wrongKey(iss);
  const at = typeof sentAt === 'string' ? new Date(sentAt) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) throw wrong('sentAt');
  if (typeof proof !== 'string') throw wrong('proof');
  return { iss, profile: checkPeerProfile({ name, url, stage, firewalledMode }), publicKey: key, sentAt: at, proof };
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

function wrongKey(iss: string): OdstError {
  return new OdstError('REGISTRATION_PEER_INVALID', `publicKey is not the one of the server ${iss}`, { pointer: '/publicKey' });
}
