import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { statementOf } from '@odst/contracts/registration';
import type { Signatures } from '../app/ports.ts';

/** Changes have a purpose of their own, so that no other signature of a server passes for one of a change. */
export const changePurpose = 'change';

const keyBytes = 32;

/** Keys of servers that are kept in mind. */
const mostKeys = 2_000;

/** Checks Ed25519 signatures (RFC 8032) over statements of {@link changePurpose}. */
export function createEd25519Signatures(): Signatures {
  const keys = new Map<string, KeyObject>();
  const keyOf = (publicKey: Uint8Array): KeyObject => {
    const x = Buffer.from(publicKey).toString('base64url');
    const known = keys.get(x);
    if (known !== undefined) return known;
    const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (keys.size >= mostKeys) keys.clear();
    keys.set(x, made);
    return made;
  };
  return {
    holds: (publicKey, bytes, signature) =>
      publicKey.length === keyBytes && verify(null, statementOf(changePurpose, bytes), keyOf(publicKey), signature),
  };
}
