import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));

/** Also what the server is started with, for the harness. */
const password = 'a password of its own';
const stack = new AsyncDisposableStack();
let server: ServerProcess;
let folder: string;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  await installerFile(join(folder, 'NoMAD.pkg'), 10_240, 'access guide');
  const env = { ODST_ADMIN_PASSWORD: password };
  server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
});
afterAll(() => stack.disposeAsync());

type Places = Readonly<Record<string, string>>;

/** Runs a block of the guide as its reader does. @returns what its commands printed */
async function follow(mark: string, env: Places = {}, places: Places = {}): Promise<string> {
  const text = await guideBlock('docs/guides/access.md', mark, places);
  const { command } = nodeProgram('');
  const script = text.replaceAll('npx -y pnpm odst', `'${command}' '${cli}'`).replaceAll('http://127.0.0.1:8080', server.url);
  const common = { PATH: process.env['PATH'] ?? '', HOME: folder, ODST_URL: server.url, ODST_PASSWORD: password };
  return (await run('bash', ['-ec', script], { cwd: folder, env: { ...common, ...env } })).stdout;
}

async function startSession(): Promise<{ readonly id: string; readonly cookie: string }> {
  const body = JSON.stringify({ username: 'admin', password });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/v1/session`, { method: 'POST', headers, body });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const list = await fetch(`${server.url}/api/v1/sessions`, { headers: { cookie } });
  const { items } = (await list.json()) as { items: { id: string; current: boolean }[] };
  return { cookie, id: items.find(({ current }) => current)?.id ?? '' };
}

test('what the guide to access says holds, line by line', async () => {
  expect(await follow('accounts', { ODST_NEW_PASSWORD: 'correct horse' })).toMatch(
    /^eva: role uploader, for Dev\neva: role promoter, for Dev, Test\nNAME .*\nadmin +admin +Dev, Test, Prod .*\neva +promoter +Dev, Test /,
  );

  const made = await follow('tokens');
  expect(made).toContain('"filename":"NoMAD.pkg"');
  const id = /^([0-9a-f]{16}) +admin +autopkg +uploader +Dev +\S+ +\S+ +127\.0\.0\.1$/m.exec(made)?.[1] ?? '';
  expect(await follow('revoke', {}, { '0123456789abcdef': id })).toBe(`The token ${id} is revoked: it opens nothing any more.\n`);

  expect(await follow('kept')).toMatch(/\nadmin, by API token: role admin, for Dev, Test, Prod\n$/);
  expect((await stat(join(folder, '.config/odst/tokens'))).mode & 0o777).toBe(0o600);

  const session = await startSession();
  const listed = await follow('sessions', {}, { '5b0c9a7e-1d2f-4e3a-8b4c-6d5e7f8091a2': session.id });
  expect(listed).toContain(`${session.id}  admin`);
  expect((await fetch(`${server.url}/api/v1/session`, { headers: { cookie: session.cookie } })).status).toBe(401);

  const removed = await follow('remove');
  expect(removed).toContain('Would remove eva, role promoter. Its sessions (0) and API tokens (0)');
  expect(removed).toContain('eva is removed.');

  expect(await follow('password', { ODST_NEW_PASSWORD: 'a password for a while' })).toContain('admin has another password.');
  const forgotten = await follow('forgotten', { ODST_NEW_PASSWORD: password }, { '/var/lib/odst': server.dataDir });
  expect(forgotten).toBe('admin has another password. Its sessions have ended.\n');
});
