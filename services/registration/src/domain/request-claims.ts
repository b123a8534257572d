import { OdstError } from '@odst/kernel';

/** The HTTP request that a token authorises. */
export type RequestBinding = {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** SHA-256 of the body, lower-case hex. */
  readonly bodySha256: string;
};

/** What a token of one HTTP request says (RFC 7519 names). */
export type RequestClaims = RequestBinding & {
  /** Server that sends. */
  readonly iss: string;
  /** Server that is meant. */
  readonly aud: string;
  /** Seconds since 1970, by the sender's idea of the receiver's clock. */
  readonly iat: number;
  readonly exp: number;
  /** Makes the token good for one use. */
  readonly jti: string;
};

/** How long a token is good: the tolerance and a minute on the way. */
const tokenLifetimeSeconds = 120;

/** How far clocks may surely differ without anybody adjusting, in either direction. */
export const clockToleranceSeconds = 60;

const identifier = /^[A-Za-z0-9_-]{16,64}$/;

/** Claims for a request that is sent at `nowMs`, milliseconds since 1970 on the receiver's clock. */
export function requestClaims(
  parties: { readonly iss: string; readonly aud: string; readonly jti: string },
  binding: RequestBinding,
  nowMs: number,
): RequestClaims {
  const iat = Math.floor(nowMs / 1000);
  const { method, target, bodySha256 } = binding;
  return { ...parties, iat, exp: iat + tokenLifetimeSeconds, method, target, bodySha256 };
}

/** Reads the claims of a token whose signature held. @throws OdstError REGISTRATION_SIGNATURE_INVALID */
export function readRequestClaims(claims: Readonly<Record<string, unknown>>): RequestClaims {
  const { iss, aud, iat, exp, jti, method, target, bodySha256 } = claims;
  const complete =
    typeof iss === 'string' &&
    typeof aud === 'string' &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp) &&
    typeof jti === 'string' &&
    identifier.test(jti) &&
    typeof method === 'string' &&
    typeof target === 'string' &&
    typeof bodySha256 === 'string';
  if (!complete) throw invalid('the token lacks a claim, or has one of a wrong type');
  return { iss, aud, iat: iat as number, exp: exp as number, jti, method, target, bodySha256 };
}

/**
 * Holds the claims against the receiver and the request that came with them.
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID
 */
export function checkBinding(claims: RequestClaims, aud: string, request: RequestBinding): void {
  if (claims.aud !== aud) {
    const words = `the token is meant for the server ${claims.aud.slice(0, 64)}, not for this one`;
    throw new OdstError('REGISTRATION_SIGNATURE_INVALID', words, { pointer: '/iss' });
  }
  if (claims.method !== request.method || claims.target !== request.target) throw invalid('the token belongs to another request');
  if (claims.bodySha256 !== request.bodySha256) throw invalid('the body is not the one that was signed');
  if (claims.exp <= claims.iat || claims.exp - claims.iat > tokenLifetimeSeconds) {
    throw invalid(`a token is good for at most ${tokenLifetimeSeconds} s`);
  }
}

/** Whether the token's times fit the receiver's clock; if not, the clocks differ or the token is old. */
export function isFresh(claims: Pick<RequestClaims, 'iat' | 'exp'>, nowMs: number): boolean {
  const now = nowMs / 1000;
  return claims.iat - clockToleranceSeconds <= now && now <= claims.exp;
}

/** Until when a used token must be remembered: afterwards its times refuse it. Milliseconds since 1970. */
export function rememberUntilMs(claims: Pick<RequestClaims, 'exp'>): number {
  return (claims.exp + 1) * 1000;
}

/** The error of a token that proves nothing. */
export function invalid(reason: string, options?: ErrorOptions): OdstError {
  return new OdstError('REGISTRATION_SIGNATURE_INVALID', reason, {}, options);
}
