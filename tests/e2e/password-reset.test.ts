import { execFile } from 'node:child_process';
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const { command } = nodeProgram('');
const cli = new URL('../../cli/src/main.js', import.meta.url).pathname;

const first = 'the first password';
const stack = new AsyncDisposableStack();
let dataDir: string;
let server: ServerProcess;

const start = async () =>
  startServerProcess({ dataDir, port: server?.port ?? (await freePort()), env: { ODST_ADMIN_PASSWORD: first } });

beforeAll(async () => {
  dataDir = stack.use(await temporaryDirectory()).path;
  server = await start();
  stack.defer(() => server[Symbol.asyncDispose]());
});
afterAll(() => stack.disposeAsync());

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `odst accounts reset-password` as who owns the machine does, with what is typed piped in. */
async function reset(password: string, ...args: readonly string[]): Promise<Outcome> {
  const words = ['accounts', 'reset-password', ...args, '--data-dir', dataDir, '--password-stdin'];
  const running = run(command, [cli, ...words], { env: { PATH: process.env['PATH'] } });
  running.child.stdin?.end(`${password}\n`);
  return running.then(
    (done) => ({ code: 0, ...done }),
    (error: Outcome) => error,
  );
}

const send = (method: string, path: string, authorization: string, body?: object) =>
  fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const logIn = async (password: string, username = 'admin') => (await send('GET', 'session', basic(username, password))).status;
const left = async () => (await readdir(dataDir)).filter((name) => name.startsWith('password-reset'));

/** Those that come later find the password of the test before. */
let current = first;

describe('a forgotten password', () => {
  test('is set anew while the server runs, which ends the sessions and is told in history and log', async () => {
    const session = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: first }),
    });
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { code, stdout } = await reset('while it runs');
    expect([code, stdout]).toEqual([0, 'admin has another password. Its sessions have ended.\n']);
    expect([await logIn('while it runs'), await logIn(first)]).toEqual([200, 401]);
    expect((await fetch(`${server.url}/api/v1/session`, { headers: { cookie } })).status).toBe(401);
    expect(await left()).toEqual([]);
    current = 'while it runs';
    const feed = await eventually(async () => {
      const read = (await (await send('GET', 'events?after=0&limit=1000', basic('admin', current))).json()) as {
        items: { type: string; actor: string }[];
      };
      expect(read.items.filter(({ type }) => type.includes('AccountPasswordChanged')).at(-1)).toMatchObject({ actor: 'machine' });
      return read;
    });
    await eventually(async () => {
      const audit = await (await send('GET', 'audit?actor=machine', basic('admin', current))).json();
      expect(audit).toMatchObject({ items: [{ kind: 'act', what: 'AccountPasswordChanged', remoteAddress: null }] });
      return true;
    });
    await eventually(() => server.log().includes('a password was set anew on the machine'));
    for (const text of [server.log(), JSON.stringify(feed)]) {
      expect(text).not.toContain('while it runs');
      expect(text).not.toContain('argon2id');
    }
  });

  test('of an admin who is removed or lowered makes them one again', async () => {
    const eva = { username: 'eva', password: 'correct horse', role: 'admin' };
    expect((await send('POST', 'accounts', basic('admin', current), eva)).status).toBe(201);
    const asEva = basic('eva', eva.password);
    expect((await send('PATCH', 'accounts/admin', asEva, { role: 'viewer', stages: ['Dev'] })).status).toBe(200);
    expect((await reset('after it was lowered')).code).toBe(0);
    const list = async () => JSON.stringify(await (await send('GET', 'accounts', basic('admin', current))).json());
    current = 'after it was lowered';
    expect(await list()).toContain('"username":"admin","role":"admin","stages":["Dev","Test","Prod"]');
    expect((await send('DELETE', 'accounts/admin', asEva)).status).toBe(204);
    expect((await reset('after it was removed')).code).toBe(0);
    current = 'after it was removed';
    expect(await list()).toContain('"username":"admin","role":"admin","stages":["Dev","Test","Prod"]');
    expect((await reset('another for eva', 'eva')).code).toBe(0);
    expect([await logIn(eva.password, 'eva'), await logIn('another for eva', 'eva')]).toEqual([401, 200]);
  });

  test('of an account that there is not is refused', async () => {
    const { code, stderr } = await reset('for nobody at all', 'tom');
    expect([code, stderr]).toEqual([3, expect.stringContaining('is there an account tom? Nothing was changed')]);
    expect(await left()).toEqual(['password-reset.refused.json']);
  });

  test('is set anew while the server is stopped, and counts from its start', async () => {
    // The harness reads the feed as admin before it stops a server, by the password of the start.
    await server.kill();
    const { code, stdout } = await reset('while it stands');
    expect([code, stdout]).toEqual([0, `No server runs on ${dataDir}. The new password of admin counts from its next start.\n`]);
    expect(await readFile(join(dataDir, 'password-reset.json'), 'utf8')).not.toContain('while it stands');
    server = await start();
    await eventually(async () => (await logIn('while it stands')) === 200, 60_000);
    expect(await logIn(current)).toBe(401);
    current = 'while it stands';
    await eventually(async () => !(await left()).includes('password-reset.json'));
  });

  test.each<[string, (path: string, valid: string) => Promise<void>]>([
    ['others may write', (path, valid) => writeFile(path, valid).then(() => chmod(path, 0o660))],
    ['has another form', (path) => writeFile(path, '{"username":"admin"}', { mode: 0o600 })],
  ])('is not set by a file that %s', async (_what, make) => {
    const refusals = () => server.log().split('refused to set a password anew').length;
    const before = refusals();
    const path = join(dataDir, 'password-reset.json');
    const valid = { id: 'planted', username: 'admin', requestedBy: 'mallory' };
    const passwordHash = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    await make(`${path}.made`, JSON.stringify({ ...valid, passwordHash }));
    await rename(`${path}.made`, path);
    await eventually(async () => refusals() > before, 60_000);
    await eventually(async () => (await left()).join() === 'password-reset.refused.json');
    expect(await logIn(current)).toBe(200);
  });

  test('is not set on a folder that no server ever ran on', async () => {
    await using empty = await temporaryDirectory();
    const asked = run(command, [cli, 'accounts', 'reset-password', '--data-dir', empty.path], {
      env: { PATH: process.env['PATH'], ODST_NEW_PASSWORD: 'long enough' },
    });
    await expect(asked).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining('no standalone server ever ran on') });
    expect(await readdir(empty.path)).toEqual([]);
  });
});

test('the last password opens the server for the harness again', async () => {
  expect((await reset(first)).code).toBe(0);
  expect(await logIn(first)).toBe(200);
});
