import { isOdstError } from '@odst/kernel';
import { manualClock } from '@odst/testing';
import { expect, test } from 'vitest';
import { createGrants } from '../../src/app/grants.ts';

const blob = 'a'.repeat(64);
const key = new Uint8Array(32).fill(7);
const invalid = expect.toSatisfy((error) => isOdstError(error, 'STORAGE_GRANT_INVALID'));

test('opens one blob to one peer for ten minutes', () => {
  const clock = manualClock();
  const grants = createGrants(key, clock);
  const grant = grants.issue('peer', blob);
  expect(grants.check(grant, blob)).toBe('peer');
  clock.advance(599_000);
  expect(grants.check(grant, blob)).toBe('peer');
  expect(() => grants.check(grant, 'b'.repeat(64))).toThrow(invalid);
  clock.advance(1_000);
  expect(() => grants.check(grant, blob)).toThrow(invalid);
});

test('holds on every replica with the same key, and with no other', () => {
  const clock = manualClock();
  const grant = createGrants(key, clock).issue('peer', blob);
  expect(createGrants(Uint8Array.from(key), clock).check(grant, blob)).toBe('peer');
  expect(() => createGrants(new Uint8Array(32), clock).check(grant, blob)).toThrow(invalid);
});

test('refuses what was changed or made up', () => {
  const grants = createGrants(key, manualClock());
  const [claims = '', mac = ''] = grants.issue('peer', blob).split('.');
  const other = Buffer.from(JSON.stringify(['peer', blob, 9e9])).toString('base64url');
  for (const forged of ['', '.', claims, `${claims}.`, `${other}.${mac}`, `${claims}.${mac}.x`, `${claims}.${mac.slice(2)}`]) {
    expect(() => grants.check(forged, blob)).toThrow(invalid);
  }
});
