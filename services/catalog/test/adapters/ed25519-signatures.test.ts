import { generateKeyPairSync, sign } from 'node:crypto';
import { statementOf } from '@odst/contracts/registration';
import { describe, expect, test } from 'vitest';
import { changePurpose, createEd25519Signatures } from '../../src/adapters/ed25519-signatures.ts';

const bytes = new TextEncoder().encode('["odst.change.v1"]');

function signer() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
    sign: (purpose: string, payload = bytes) => sign(null, statementOf(purpose, payload), privateKey),
  };
}

describe('the signature of a change', () => {
  const { holds } = createEd25519Signatures();
  const server = signer();
  const signature = server.sign(changePurpose);

  test('holds for its bytes and its key, again and again', () => {
    for (let time = 0; time < 3; time += 1) expect(holds(server.publicKey, bytes, signature)).toBe(true);
  });

  test.each<[string, () => boolean]>([
    ['other bytes', () => holds(server.publicKey, new TextEncoder().encode('["odst.change.v2"]'), signature)],
    ['another key', () => holds(signer().publicKey, bytes, signature)],
    ['another purpose', () => holds(server.publicKey, bytes, server.sign('profile'))],
    ['the bytes without their purpose', () => holds(server.publicKey, statementOf(changePurpose, bytes), signature)],
    ['a key of another length', () => holds(server.publicKey.subarray(1), bytes, signature)],
    ['no key', () => holds(new Uint8Array(), bytes, signature)],
    ['a key that is no point of the curve', () => holds(new Uint8Array(32).fill(255), bytes, signature)],
    ['a signature that is cut off', () => holds(server.publicKey, bytes, signature.subarray(0, 63))],
    ['no signature', () => holds(server.publicKey, bytes, new Uint8Array())],
    ['a signature of zeros', () => holds(server.publicKey, bytes, new Uint8Array(64))],
  ])('does not hold for %s', (_what, check) => {
    expect(check()).toBe(false);
  });

  test('is checked with the right key, however many there are', () => {
    const keys = Array.from({ length: 2_100 }, (_, index) => new Uint8Array(32).fill(index % 256).with(0, index >> 8));
    for (const publicKey of keys) expect(holds(publicKey, bytes, signature)).toBe(false);
    expect(holds(server.publicKey, bytes, signature)).toBe(true);
  });
});
