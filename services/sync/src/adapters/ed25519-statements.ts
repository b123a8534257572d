import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { statementOf, type TrustServiceService } from '@odst/contracts/registration';
import type { ServiceClient } from '@odst/grpc';
import type { Signatures } from '../app/holdings-ports.ts';

const keyBytes = 32;

/** Keys of servers that are kept in mind. */
const mostKeys = 2_000;

/** Signatures by registration, checked here by the keys that it tells (Ed25519, RFC 8032): each page of a feed has many. */
export function createEd25519Statements(trust: Pick<ServiceClient<typeof TrustServiceService>, 'signStatement'>): Signatures {
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
    async sign(purpose, payload) {
      return (await trust.signStatement({ purpose, payload })).signature;
    },
    holds: (publicKey, purpose, bytes, signature) =>
      publicKey.length === keyBytes && verify(null, statementOf(purpose, bytes), keyOf(publicKey), signature),
  };
}
