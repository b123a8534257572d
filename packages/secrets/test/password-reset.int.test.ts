import { chmod, chown, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verify } from '@node-rs/argon2';
import { temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { hashPassword, isPasswordHash } from '../src/password-hash.ts';
import {
  findPasswordReset,
  findRefusedReset,
  removePasswordReset,
  setAsidePasswordReset,
  writePasswordReset,
} from '../src/password-reset.ts';

const passwordHash = await hashPassword('a new password');
const reset = { id: 'r1', username: 'admin', passwordHash, requestedBy: 'root' };
const isRoot = process.getuid?.() === 0;

test('a password is hashed with a salt of its own, in the one form that is taken', async () => {
  expect(isPasswordHash(passwordHash)).toBe(true);
  expect(await hashPassword('a new password')).not.toBe(passwordHash);
  expect(await verify(passwordHash, 'a new password')).toBe(true);
  for (const other of [
    '',
    passwordHash.replace('m=19456', 'm=8'),
    `${passwordHash}\n`,
    passwordHash.replace('argon2id', 'argon2i'),
  ]) {
    expect(isPasswordHash(other)).toBe(false);
  }
});

describe('a request for another password', () => {
  test('is found as it was written, for its owner only, and the later one counts', async () => {
    await using folder = await temporaryDirectory();
    expect(await findPasswordReset(folder.path)).toBeUndefined();
    await writePasswordReset(folder.path, { ...reset, id: 'r0' });
    await writePasswordReset(folder.path, reset);
    expect(await readdir(folder.path)).toEqual(['password-reset.json']);
    expect((await stat(join(folder.path, 'password-reset.json'))).mode & 0o777).toBe(0o600);
    expect(await findPasswordReset(folder.path)).toEqual({ reset });
    await removePasswordReset(folder.path, 'r0');
    expect(await findPasswordReset(folder.path)).toEqual({ reset });
    await removePasswordReset(folder.path, 'r1');
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('that was refused is found under its other name', async () => {
    await using folder = await temporaryDirectory();
    await writePasswordReset(folder.path, reset);
    expect(await setAsidePasswordReset(folder.path)).toBe('password-reset.refused.json');
    expect(await findPasswordReset(folder.path)).toBeUndefined();
    expect(await findRefusedReset(folder.path)).toEqual({ reset });
  });

  test.skipIf(!isRoot)('of root belongs to who the data directory does', async () => {
    await using folder = await temporaryDirectory();
    await chown(folder.path, 12_345, 12_345);
    await writePasswordReset(folder.path, reset);
    expect((await stat(join(folder.path, 'password-reset.json'))).uid).toBe(12_345);
    expect(await findPasswordReset(folder.path)).toEqual({ reset });
  });

  test('that the server would not take is not left there, and who writes it hears why', async () => {
    await using folder = await temporaryDirectory();
    expect(await writePasswordReset(folder.path, reset)).toBeUndefined();
    expect(await writePasswordReset(folder.path, { ...reset, id: 'r2', username: 'x'.repeat(10_000) })).toBe('it is too long');
    expect(await readdir(folder.path)).toEqual(['password-reset.json']);
    expect(await findPasswordReset(folder.path)).toEqual({ reset });
  });

  const text = JSON.stringify(reset);
  test.each<[string, string | RegExp, (path: string) => Promise<void>]>([
    ['a link', /symbolic link/, (path) => writeFile(`${path}.x`, text, { mode: 0o600 }).then(() => symlink(`${path}.x`, path))],
    ['a folder', /no regular file/, (path) => mkdir(path, { mode: 0o700 })],
    ['what the group may write', /mode 660/, (path) => writeFile(path, text).then(() => chmod(path, 0o660))],
    ['what all may read', /mode 604/, (path) => writeFile(path, text).then(() => chmod(path, 0o604))],
    ['what is no JSON', /not of the form/, (path) => writeFile(path, 'half of', { mode: 0o600 })],
    ['what is JSON of another form', /not of the form/, (path) => writeFile(path, 'null', { mode: 0o600 })],
    [
      'a password in the place of its hash',
      /not of the form/,
      (path) => writeFile(path, JSON.stringify({ ...reset, passwordHash: 'secret' }), { mode: 0o600 }),
    ],
    ['a file without end', /too long/, (path) => writeFile(path, text + ' '.repeat(10_000), { mode: 0o600 })],
  ])('is not %s', async (_what, fault, make) => {
    await using folder = await temporaryDirectory();
    await make(join(folder.path, 'password-reset.json'));
    expect(await findPasswordReset(folder.path)).toEqual({ fault: expect.stringMatching(fault) });
  });

  test.skipIf(!isRoot)('is not what somebody else put there', async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'password-reset.json');
    await writeFile(path, text, { mode: 0o600 });
    await chown(path, 12_345, 12_345);
    expect(await findPasswordReset(folder.path)).toEqual({ fault: expect.stringContaining('belongs to user 12345') });
  });
});
