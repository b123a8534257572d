import { createSocket } from 'node:dgram';
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

test('gives a port that no other process is given while nobody listens on it yet', async () => {
  // Whoever gives out ports looks for this mark, which is of this process until it ends.
  const other = createSocket('udp4').bind({ port: await freePort(), address: '127.0.0.1', exclusive: true });
  const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('EADDRINUSE');
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
