import { isIss, OdstError } from '@odst/kernel';
import { checkBaseUrl } from './profile.ts';

/** What an admin copied from the remote server's page, checked. */
export type Invitation = {
  /** Base URL of the remote server, without a trailing slash. */
  readonly url: string;
  /** 32 hex digits. */
  readonly iss: string;
  /** The invitation key, 32 bytes. A secret. */
  readonly key: Uint8Array;
};

/** Bytes of an invitation key. */
export const invitationKeyBytes = 32;

/** Bytes of an Ed25519 public key. */
export const publicKeyBytes = 32;

/** The bytes of a base64 text of exactly `sizeBytes`; undefined for anything else. */
export function decodeBase64(text: string, sizeBytes: number): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what is no base64: only a text that comes out the same again was well-formed.
  return bytes.length === sizeBytes && bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

/** Checks what the admin copied. @throws OdstError REGISTRATION_PEER_INVALID with a pointer to what is wrong */
export function checkInvitation(copied: { readonly url: string; readonly issId: string; readonly key: string }): Invitation {
  const url = checkBaseUrl(copied.url.trim(), 'REGISTRATION_PEER_INVALID');
  const iss = copied.issId.trim().toLowerCase();
  if (!isIss(iss)) {
    throw new OdstError('REGISTRATION_PEER_INVALID', 'the ISS ID is not 32 hex digits', { pointer: '/iss_id' });
  }
  const key = decodeBase64(copied.key.trim(), invitationKeyBytes);
  if (key === undefined) {
    throw new OdstError('REGISTRATION_PEER_INVALID', 'the Key is not the base64 of 32 bytes', { pointer: '/key' });
  }
  return { url, iss, key };
}
