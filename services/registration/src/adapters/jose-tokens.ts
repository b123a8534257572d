import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { CompactSign, compactVerify, errors } from 'jose';
import type { Claims, TokenKind, Tokens } from '../app/ports.ts';
import { invalid } from '../domain/request-claims.ts';
import { typOf } from './token-type.ts';

/** Public keys that are kept ready; there are about as many as peers. */
const mostKeys = 1_000;

/** Tokens by jose. Algorithms are pinned: what a token's header asks for does not count. */
export function createTokens(): Tokens {
  const keys = new Map<string, KeyObject>();

  const keyOf = (publicKey: Uint8Array): KeyObject => {
    const x = Buffer.from(publicKey).toString('base64url');
    const known = keys.get(x);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (keys.size >= mostKeys) keys.clear();
    keys.set(x, key);
    return key;
  };

  const check = async (kind: TokenKind, token: string, key: KeyObject | Uint8Array, algorithm: string): Promise<Claims> => {
    try {
      const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: [algorithm] });
      if (protectedHeader.typ !== typOf(kind)) throw invalid(`the token is not one of the kind ${kind}`);
      return claimsOf(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError) throw invalid('the signature of the token does not hold', { cause: error });
      throw error;
    }
  };

  return {
    signShared: (kind, claims, key) =>
      new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'HS256', typ: typOf(kind) }).sign(key),
    verifyShared: (kind, token, key) => check(kind, token, key, 'HS256'),
    verifyBy: async (kind, token, publicKey) => check(kind, token, keyOf(publicKey), 'EdDSA'),
    peek(token) {
      const [, payload, signature, ...rest] = token.split('.');
      if (payload === undefined || signature === undefined || rest.length > 0) throw invalid('that is no token');
      return claimsOf(Buffer.from(payload, 'base64url'));
    },
    verifyBytes: (bytes, signature, publicKey) => verify(null, bytes, keyOf(publicKey), signature),
  };
}

function claimsOf(payload: Uint8Array): Claims {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch (error) {
    throw invalid('the claims of the token are not JSON', { cause: error });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Claims;
  throw invalid('the claims of the token are no object');
}
