import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isIss, issOf } from '../src/server-id.ts';

describe('an ISS ID', () => {
  it('is the first 32 hex digits of SHA-256 of the raw public key', () => {
    expect(issOf(new Uint8Array(32))).toBe('66687aadf862bd776c8fc18b8e9f8e20');
  });

  it('is what other programs make of a key in the form of RFC 8032', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    // Of the SPKI form the last 32 bytes are the key.
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    expect(issOf(raw)).toBe(createHash('sha256').update(raw).digest('hex').slice(0, 32));
  });

  it.each(['', 'A'.repeat(32), 'a'.repeat(31), 'a'.repeat(33), `${'a'.repeat(32)}\n`, undefined, 7])('is not %j', (value) => {
    expect(isIss(value)).toBe(false);
  });
});
