import { OdstError } from '@odst/kernel';
import { invalid, isFresh, type RequestClaims } from '../domain/request-claims.ts';
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

/**
 * Refuses a request whose times do not fit this server's clock, with this server's time in the error's details: the one place
 * where a clock stands in the way, for the handshake as for every later request. Whoever answers over HTTP puts
 * `signedTime` into the header `ODST-Time`, and the caller signs once more with it.
 * @param claims of the request, whose signature and binding held
 * @param self this server
 * @param sign makes the `time` token, with the key that the caller checks it with
 * @throws OdstError REGISTRATION_CLOCK_SKEW with `signedTime`
 */
export async function checkClock(
  claims: RequestClaims,
  self: { readonly iss: string; readonly nowMs: number },
  sign: (time: SignedTime) => Promise<string>,
): Promise<void> {
  if (isFresh(claims, self.nowMs)) return;
  const signedTime = await sign({ ...self, aud: claims.iss, jti: claims.jti });
  throw new OdstError(
    'REGISTRATION_CLOCK_SKEW',
    "the request's time is too far from this server's; ODST-Time has this server's",
    { signedTime },
  );
}

/** Reads the claims of a `time` token whose signature held. @throws OdstError REGISTRATION_SIGNATURE_INVALID */
export function readSignedTime(claims: Claims, expected: Omit<SignedTime, 'nowMs'>): SignedTime {
  const { iss, aud, jti, nowMs } = claims;
  if (iss !== expected.iss || aud !== expected.aud || jti !== expected.jti) throw invalid('the time answers another request');
  if (typeof nowMs !== 'number' || !Number.isSafeInteger(nowMs)) throw invalid('the time is malformed');
  return { ...expected, nowMs };
}
