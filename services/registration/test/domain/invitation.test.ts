import { describe, expect, test } from 'vitest';
import { checkInvitation, decodeBase64 } from '../../src/domain/invitation.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const copied = { url: 'https://b.example.org/', issId: 'B'.repeat(32), key };

describe('an invitation that an admin copied', () => {
  test('is taken with the spaces that copying brings, and with capitals', () => {
    expect(checkInvitation({ url: ' https://b.example.org ', issId: ` ${'B'.repeat(32)}\n`, key: `${key}\n` })).toEqual({
      url: 'https://b.example.org',
      iss: 'b'.repeat(32),
      key: new Uint8Array(32).fill(7),
    });
  });

  test.each([
    ['a URL that is none', { url: 'b' }, '/url'],
    ['an ISS ID of 31 digits', { issId: 'b'.repeat(31) }, '/iss_id'],
    ['an ISS ID that is not hex', { issId: 'g'.repeat(32) }, '/iss_id'],
    ['a key of 31 bytes', { key: Buffer.alloc(31).toString('base64') }, '/key'],
    ['a key of 33 bytes', { key: Buffer.alloc(33).toString('base64') }, '/key'],
    ['a key that is not base64', { key: `${key.slice(0, 20)}*${key.slice(21)}` }, '/key'],
    ['no key', { key: '' }, '/key'],
  ])('is refused with %s', (_what, wrong, pointer) => {
    expect(() => checkInvitation({ ...copied, ...wrong })).toThrow(
      expect.objectContaining({ code: 'REGISTRATION_PEER_INVALID', details: { pointer } }),
    );
  });

  test('base64 counts in its one form only', () => {
    expect(decodeBase64('AAE=', 2)).toEqual(new Uint8Array([0, 1]));
    expect(decodeBase64('AAE', 2)).toBeUndefined();
    expect(decodeBase64('AAF=', 2)).toBeUndefined();
  });
});
