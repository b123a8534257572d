import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandExists, freePort, temporaryDirectory } from '../src/index.ts';

test('finds commands on PATH', () => {
  expect(commandExists('sh')).toBe(true);
  expect(commandExists('no-such-command')).toBe(false);
});

test('gives a port that can be listened on', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test('makes a folder that nobody else reads, and removes it with what is in it', async () => {
  let path = '';
  {
    await using folder = await temporaryDirectory();
    path = folder.path;
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await writeFile(join(path, 'file'), 'x');
  }
  expect(existsSync(path)).toBe(false);
});
