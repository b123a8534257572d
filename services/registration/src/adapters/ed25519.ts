import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { CompactSign } from 'jose';
import type { KeyPairs, Signer } from '../app/ports.ts';
import { typOf } from './token-type.ts';

/** Ed25519 key pairs (RFC 8032); private keys at rest as PKCS #8. */
export const ed25519KeyPairs: KeyPairs = {
  generate: () => new Uint8Array(generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })),
  open: (bytes) => createSigner(createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' })),
};

function createSigner(privateKey: KeyObject): Signer {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
    signToken: (kind, claims) =>
      new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'EdDSA', typ: typOf(kind) })
        .sign(privateKey),
    signBytes: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
  };
}
