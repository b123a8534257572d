import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@odst/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createFileCheckpoint } from '../../src/checkpoint/file-checkpoint.ts';
import { checkpointContract } from './checkpoint-contract.ts';

async function folder(): Promise<string> {
  const made = await temporaryDirectory();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made.path;
}

checkpointContract('file', async () => createFileCheckpoint(join(await folder(), 'position')));

test('another process finds what was saved, and nothing else lies there', async () => {
  const path = join(await folder(), 'position');
  await createFileCheckpoint(path).save('7');
  expect(await createFileCheckpoint(path).load()).toBe('7');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(path, '..'))).toEqual(['position']);
});

test('a save that a crash broke off leaves the one before', async () => {
  const path = join(await folder(), 'position');
  const checkpoint = createFileCheckpoint(path);
  await checkpoint.save('7');
  await writeFile(`${path}.new`, '8 and hal');
  expect(await checkpoint.load()).toBe('7');
  await checkpoint.save('9');
  expect(await checkpoint.load()).toBe('9');
});

test('a folder that is not there is an error of the first save', async () => {
  const checkpoint = createFileCheckpoint(join(await folder(), 'missing', 'position'));
  expect(await checkpoint.load()).toBeUndefined();
  await expect(checkpoint.save('1')).rejects.toThrow('ENOENT');
});
