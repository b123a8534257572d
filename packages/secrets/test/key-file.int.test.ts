import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { loadOrCreateKeyFile } from '../src/index.ts';

test('makes a key once, readable by this user only, and finds it again', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'data', 'database.key');
  const key = await loadOrCreateKeyFile(path);
  expect(key).toHaveLength(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await loadOrCreateKeyFile(path)).toEqual(key);
  expect((await readFile(path, 'utf8')).trim()).toBe(key.toString('base64'));
  expect(await readdir(join(folder.path, 'data'))).toEqual(['database.key']);
});

test('gives all who make it at once the same key', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'database.key');
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeyFile(path)));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
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
