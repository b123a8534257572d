import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { adminCaller, startTestServer } from './support/test-server.ts';

const cli = fileURLToPath(new URL('../../../cli/src/main.js', import.meta.url));

/** Runs `odst accounts reset-password` as who owns the machine does. */
async function reset(folder: string, password: string) {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; output: string }>();
  const words = ['accounts', 'reset-password', '--data-dir', folder, '--password-stdin'];
  const env = { PATH: process.env['PATH'] };
  const running = execFile(process.execPath, [cli, ...words], { env }, (error, stdout, stderr) =>
    resolve({ code: error?.code ?? 0, output: stdout + stderr }),
  );
  running.stdin?.end(`${password}\n`);
  return await promise;
}

test('a registration that is a process of its own takes a forgotten password from its own folder, running or not', async () => {
  await using folder = await temporaryDirectory();
  await using server = await startTestServer({ adminPassword: 'the first password' });
  const ownFolder = join(folder.path, 'registration');
  const logIn = (password: string) =>
    server
      .access()
      .startSession(
        { username: 'admin', password, userAgent: '', remoteAddress: '127.0.0.1', forwarded: false, host: 'localhost' },
        { caller: adminCaller },
      )
      .then(
        () => 'in',
        ({ code }: { code: string }) => code,
      );
  await server.stop();
  await server.start({ ownFolder });
  await eventually(async () => expect((await stat(join(ownFolder, 'lock'))).isFile()).toBe(true), 120_000);
  expect((await stat(ownFolder)).mode & 0o777).toBe(0o700);
  const taken = await reset(ownFolder, 'while it runs');
  expect(taken).toEqual({ code: 0, output: 'admin has another password. Its sessions have ended.\n' });
  expect([await logIn('while it runs'), await logIn('the first password')]).toEqual(['in', 'REGISTRATION_CREDENTIALS_INVALID']);

  await server.stop();
  const waiting = await reset(ownFolder, 'while it is stopped');
  expect(waiting.output).toContain('counts from its next start');
  await server.start({ ownFolder });
  await eventually(async () => expect(await logIn('while it is stopped')).toBe('in'), 120_000);
});
