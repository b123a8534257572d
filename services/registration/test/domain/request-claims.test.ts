import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkBinding, isFresh, readRequestClaims, rememberUntilMs, requestClaims } from '../../src/domain/request-claims.ts';

const request = { method: 'GET', target: '/api/ods/v1/changes?after=1', bodySha256: 'e3b0' };
const parties = { iss: 'a'.repeat(32), aud: 'b'.repeat(32), jti: '0123456789abcdefghijkl' };
const nowMs = 1_800_000_000_500;
const claims = requestClaims(parties, request, nowMs);
const invalid = expect.objectContaining({ code: 'REGISTRATION_SIGNATURE_INVALID' });

describe('the claims of a signed request', () => {
  test('hold for the request and the server that they were made for', () => {
    expect(readRequestClaims({ ...claims, more: 1 })).toEqual(claims);
    expect(() => checkBinding(claims, parties.aud, request)).not.toThrow();
    expect(isFresh(claims, nowMs)).toBe(true);
  });

  test.each([
    ['another server', parties.iss, request],
    ['another method', parties.aud, { ...request, method: 'POST' }],
    ['another path', parties.aud, { ...request, target: '/api/ods/v1/changes' }],
    ['another body', parties.aud, { ...request, bodySha256: 'ffff' }],
  ])('do not hold for %s', (_what, aud, other) => {
    expect(() => checkBinding(claims, aud, other)).toThrow(invalid);
  });

  test('may not be good for longer than two minutes', () => {
    expect(() => checkBinding({ ...claims, exp: claims.iat + 121 }, parties.aud, request)).toThrow(invalid);
    expect(() => checkBinding({ ...claims, exp: claims.iat }, parties.aud, request)).toThrow(invalid);
  });

  test.each(['iss', 'aud', 'iat', 'exp', 'jti', 'method', 'target', 'bodySha256'])('need %s, of the right type', (name) => {
    expect(() => readRequestClaims({ ...claims, [name]: undefined })).toThrow(invalid);
    expect(() => readRequestClaims({ ...claims, [name]: { a: 1 } })).toThrow(invalid);
  });

  test('need an id that nobody guesses', () => {
    expect(() => readRequestClaims({ ...claims, jti: 'short' })).toThrow(invalid);
    expect(() => readRequestClaims({ ...claims, jti: 'x'.repeat(65) })).toThrow(invalid);
  });

  test('a token is remembered at least as long as its times would let it pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400_000, max: 400_000 }), (lateMs) => {
        const receivedMs = nowMs + lateMs;
        if (isFresh(claims, receivedMs)) {
          expect(rememberUntilMs(claims)).toBeGreaterThan(receivedMs);
          expect(isFresh(claims, rememberUntilMs(claims))).toBe(false);
        }
        if (Math.abs(lateMs) <= 59_000) expect(isFresh(claims, receivedMs)).toBe(true);
        if (Math.abs(lateMs) > 121_000) expect(isFresh(claims, receivedMs)).toBe(false);
      }),
    );
  });
});
