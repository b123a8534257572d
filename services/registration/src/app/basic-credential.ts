import { OdstError } from '@odst/kernel';

/** A user name and a password. */
export type Credential = { readonly username: string; readonly password: string };

/** Longest header that is looked at. */
const longestHeader = 8_000;

/** The token in a Bearer credential (RFC 6750); undefined for another kind. */
export function bearerOf(authorization: string): string | undefined {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  return token;
}

/**
 * Reads HTTP Basic credentials (RFC 7617, UTF-8).
 * @throws OdstError COMMON_LOGIN_REQUIRED without credentials of this kind
 * @throws OdstError REGISTRATION_CREDENTIALS_INVALID for malformed ones
 */
export function parseBasic(authorization: string): Credential {
  const [, encoded] = /^Basic +(.*)$/i.exec(authorization) ?? [];
  if (encoded === undefined) throw new OdstError('COMMON_LOGIN_REQUIRED', 'the request carries no HTTP Basic credentials');
  const malformed = () => new OdstError('REGISTRATION_CREDENTIALS_INVALID', 'the credentials are malformed');
  if (encoded.length > longestHeader || !/^[A-Za-z0-9+/]+={0,2} *$/.test(encoded)) throw malformed();
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw malformed();
  return { username: text.slice(0, colon).normalize('NFC'), password: text.slice(colon + 1) };
}
