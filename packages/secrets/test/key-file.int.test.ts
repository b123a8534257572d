import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { createSecretBox, dropOlderKeys, loadOrCreateKeyFile } from '../src/index.ts';
import { addKey } from '../src/key-file.ts';

test('makes a key once, readable by this user only, and finds it again', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'data', 'database.key');
  const [key, ...others] = await loadOrCreateKeyFile(path);
  expect([key?.length, others]).toEqual([32, []]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await loadOrCreateKeyFile(path)).toEqual([key]);
  expect((await readFile(path, 'utf8')).trim()).toBe(key?.toString('base64'));
  expect(await readdir(join(folder.path, 'data'))).toEqual(['database.key']);
});

test('gives all who make it at once the same key', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'database.key');
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeyFile(path)));
  expect(new Set(keys.map(([key]) => key?.toString('hex'))).size).toBe(1);
  expect(await readdir(folder.path)).toEqual(['database.key']);
});

test('refuses a file that holds something else, and leaves it alone', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'database.key');
  await writeFile(path, 'half of a k');
  await expect(loadOrCreateKeyFile(path)).rejects.toMatchObject({
    code: 'COMMON_SECRET_UNREADABLE',
    message: expect.stringContaining(path),
  });
  expect(await readFile(path, 'utf8')).toBe('half of a k');
});

test('a new key is put before the one that is there, once, and the older one goes when it is not needed any more', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'database.key');
  expect(await addKey(path, { isDry: false })).toBeUndefined();
  const [first] = await loadOrCreateKeyFile(path);
  expect(await addKey(path, { isDry: true })).toEqual({ before: expect.any(String), after: expect.any(String) });
  expect(await loadOrCreateKeyFile(path)).toEqual([first]);
  const change = await addKey(path, { isDry: false });
  const both = await loadOrCreateKeyFile(path);
  expect([both.length, both[1]]).toEqual([2, first]);
  expect(createSecretBox(both).keyId).toBe(change?.after);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await addKey(path, { isDry: false })).toEqual({ before: change?.after, after: undefined });
  // A file that was changed since it was read is left to the next start.
  expect(await dropOlderKeys(path, [first ?? Buffer.alloc(0)])).toBeUndefined();
  expect(await loadOrCreateKeyFile(path)).toEqual(both);
  expect(await dropOlderKeys(path, both)).toBe(change?.after);
  expect(await loadOrCreateKeyFile(path)).toEqual([both[0]]);
  expect(await dropOlderKeys(path, both.slice(0, 1))).toBeUndefined();
  expect(await readdir(folder.path)).toEqual(['database.key']);
});
