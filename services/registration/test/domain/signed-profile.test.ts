import { describe, expect, test } from 'vitest';
import { createTokens } from '../../src/adapters/jose-tokens.ts';
import { isSignedBySelf } from '../../src/app/sign-profile.ts';
import { checkToldProfile, isNewer, nextProfileStamp, profileText } from '../../src/domain/signed-profile.ts';
import { newKey, profileBy } from '../support/profiles.ts';

const key = newKey();
const nowMs = Date.parse('2026-01-01T00:00:00Z');
const told = profileBy(key, { stamp: BigInt(nowMs) });
const otherKey = newKey().publicKey;

describe('a signed profile', () => {
  test('has one text, which other programs can make', () => {
    const publicKey = new Uint8Array(32);
    const said = { name: 'Zürich', url: 'https://zh.example', stage: 'Test', firewalledMode: true, stamp: 7n } as const;
    expect(profileText({ iss: 'i', publicKey, ...said })).toBe(
      '["odst.profile.v1","i","AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","Zürich","https://zh.example","Test",true,"7"]',
    );
  });

  test('that was told is taken as it is', () => {
    expect(checkToldProfile(told, nowMs)).toEqual(told);
  });

  test.each([
    ['an iss that is none', { iss: 'x' }, /no proper iss/],
    ['a key that is not that of the iss', { publicKey: otherKey }, /not the one of the server/],
    ['a short key', { publicKey: new Uint8Array(31) }, /not 32 bytes/],
    ['a short signature', { signature: new Uint8Array(63) }, /not 64 bytes/],
    ['no stamp', { stamp: 0n }, /stamp/],
    ['a stamp more than a day ahead', { stamp: BigInt(nowMs) + 86_400_001n }, /stamp/],
    ['an unknown stage', { stage: 'prod' }, /stage/],
    ['an empty name', { name: '' }, /name/],
    ['a name with a space around it', { name: ' Berlin' }, /one form/],
    ['a URL with a slash', { url: 'https://berlin.example.org/' }, /one form/],
    ['no URL', { url: '' }, /URL/],
  ])('with %s is refused', (_what, wrong, reason) => {
    expect(() => checkToldProfile({ ...told, ...wrong }, nowMs)).toThrow(
      expect.objectContaining({ code: 'REGISTRATION_PEER_INVALID', message: expect.stringMatching(reason) }),
    );
  });

  test('holds for what was signed and nothing else', () => {
    const tokens = createTokens();
    expect(isSignedBySelf(tokens, told)).toBe(true);
    for (const change of [
      { name: 'B' },
      { url: 'https://b.example' },
      { stage: 'Dev' as const },
      { firewalledMode: true },
      { stamp: 1n },
    ])
      expect(isSignedBySelf(tokens, { ...told, ...change })).toBe(false);
    expect(isSignedBySelf(tokens, { ...told, publicKey: otherKey })).toBe(false);
  });

  test('has a stamp above the last one, also while the clock stands behind it', () => {
    expect(nextProfileStamp(0n, nowMs)).toBe(BigInt(nowMs));
    expect(nextProfileStamp(BigInt(nowMs), nowMs)).toBe(BigInt(nowMs) + 1n);
    expect(nextProfileStamp(BigInt(nowMs) + 5n, nowMs)).toBe(BigInt(nowMs) + 6n);
  });

  test('of two the one with the later stamp counts', () => {
    const later = profileBy(key, { stamp: told.stamp + 1n });
    expect(isNewer(later, told)).toBe(true);
    expect(isNewer(told, later)).toBe(false);
    expect(isNewer(told, told)).toBe(false);
  });
});
