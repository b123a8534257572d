import { hash } from 'node:crypto';

/** Hex digits of an ISS ID: 128 bits, which nobody finds a second key for. */
const issDigits = 32;

const pattern = /^[0-9a-f]{32}$/;

/**
 * The ISS ID of the server with this key: so nobody can claim another's, and whoever knows a server's key can check what it signed.
 * @param publicKey Ed25519, 32 bytes
 * @returns the first 32 hex digits of the key's SHA-256
 */
export function issOf(publicKey: Uint8Array): string {
  return hash('sha256', publicKey, 'hex').slice(0, issDigits);
}

/** Whether a value is an ISS ID in its one form: 32 hex digits in lower case. */
export function isIss(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}
