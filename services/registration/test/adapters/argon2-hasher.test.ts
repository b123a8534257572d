import { describe, expect, test } from 'vitest';
import { createArgon2Hasher } from '../../src/adapters/argon2-hasher.ts';

describe('password hashes', () => {
  test('are Argon2id with the recommended cost, and salted', async () => {
    const hasher = createArgon2Hasher();
    const [one, other] = await Promise.all([hasher.hash('ods1234!'), hasher.hash('ods1234!')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
  });

  test('verify the right password and no other, many at once', async () => {
    const hasher = createArgon2Hasher();
    const hash = await hasher.hash('pässword');
    const guesses = ['pässword', 'password', '', 'pässword ', 'Pässword', 'pässword'];
    await expect(Promise.all(guesses.map((guess) => hasher.verify(hash, guess)))).resolves.toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('have marks that depend on password and salt, and cost a small part', async () => {
    const hasher = createArgon2Hasher();
    const salts = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
    const mark = await hasher.mark('pässword', salts[0]);
    expect(mark).toHaveLength(32);
    expect(await hasher.mark('pässword', salts[0])).toEqual(mark);
    expect(await hasher.mark('pässword ', salts[0])).not.toEqual(mark);
    expect(await hasher.mark('pässword', salts[1])).not.toEqual(mark);
    expect(await hasher.mark('pässword', Buffer.alloc(32, 1).fill(9, 31))).not.toEqual(mark);
  });

  test('that are malformed fail, and keep nobody else waiting', async () => {
    const hasher = createArgon2Hasher();
    for (let count = 0; count < 4; count += 1) await expect(hasher.verify('no hash', 'x')).rejects.toThrow();
    await expect(hasher.verify(await hasher.hash('x'), 'x')).resolves.toBe(true);
  });
});
