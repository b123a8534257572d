import { invalid } from '../domain/request-claims.ts';
import type { Claims } from './ports.ts';

/** What a server tells a caller whose clock differs. */
export type SignedTime = {
  /** Server whose clock it is. */
  readonly iss: string;
  /** Server that called. */
  readonly aud: string;
  /** The refused request: a time answers one request and no other. */
  readonly jti: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
};

/** Reads the claims of a `time` token whose signature held. @throws OdstError REGISTRATION_SIGNATURE_INVALID */
export function readSignedTime(claims: Claims, expected: Omit<SignedTime, 'nowMs'>): SignedTime {
  const { iss, aud, jti, nowMs } = claims;
  if (iss !== expected.iss || aud !== expected.aud || jti !== expected.jti) throw invalid('the time answers another request');
  if (typeof nowMs !== 'number' || !Number.isSafeInteger(nowMs)) throw invalid('the time is malformed');
  return { ...expected, nowMs };
}
