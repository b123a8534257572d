import { openAsBlob } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const adminPassword = 'a password of its own';
const stack = new AsyncDisposableStack();
let folder: string;
let server: ServerProcess;

const start = async () =>
  startServerProcess({
    dataDir: join(folder, 'data'),
    port: server?.port ?? (await freePort()),
    env: { ODST_ADMIN_PASSWORD: adminPassword },
  });

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  await mkdir(join(folder, 'data'));
  server = await start();
  stack.defer(() => server[Symbol.asyncDispose]());
});
afterAll(() => stack.disposeAsync());

type Options = { readonly headers?: Record<string, string>; readonly body?: unknown };

const call = (method: string, path: string, { headers = {}, body }: Options = {}) =>
  fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const asAdmin = () => ({ authorization: server.admin.authorization });
const json = async <T>(answer: Response): Promise<T> => (await answer.json()) as T;
const codeOf = async (answer: Response) => [answer.status, (await json<{ code: string }>(answer)).code];

/** Logs in as a browser does. @returns the headers of the requests that follow */
async function logIn(username = 'admin', password = adminPassword) {
  const answer = await call('POST', 'session', { body: { username, password } });
  expect(answer.status).toBe(200);
  const cookie = answer.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^odst-session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  return { cookie: cookie.split(';')[0] ?? '', 'sec-fetch-site': 'same-origin' };
}

async function upload(headers: Record<string, string>, stage: string, name: string) {
  const file = await installerFile(join(folder, name), 10_240, name);
  const form = new FormData();
  form.set('stage', stage);
  form.set('file', await openAsBlob(file.path), name);
  return fetch(`${server.url}/api/admin/upload`, { method: 'POST', headers, body: form });
}

describe('a browser', () => {
  test('logs in, uploads over the byte route, and logs out for good', async () => {
    const session = await logIn();
    const who = await json<object>(await call('GET', 'session', { headers: session }));
    expect(who).toMatchObject({ username: 'admin', role: 'admin', credential: 'session' });
    expect((await upload(session, 'Dev', 'by-session.pkg')).status).toBe(201);
    const out = await call('DELETE', 'session', { headers: session });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      'odst-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ]);
    expect(await codeOf(await call('GET', 'session', { headers: session }))).toEqual([401, 'REGISTRATION_SESSION_OVER']);
    expect(await codeOf(await upload(session, 'Dev', 'after.pkg'))).toEqual([401, 'REGISTRATION_SESSION_OVER']);
  });

  test('never takes up a session that was planted in it', async () => {
    const planted = 'A'.repeat(43);
    const answer = await call('POST', 'session', {
      headers: { cookie: `odst-session=${planted}`, 'sec-fetch-site': 'same-origin' },
      body: { username: 'admin', password: adminPassword },
    });
    expect(answer.headers.get('set-cookie')).not.toContain(planted);
    const headers = { cookie: `odst-session=${planted}` };
    expect(await codeOf(await call('GET', 'session', { headers }))).toEqual([401, 'REGISTRATION_SESSION_OVER']);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour under the same domain', { 'sec-fetch-site': 'same-site' }],
    ['another origin, in a browser that says no more', { origin: 'https://evil.example' }],
    ['a file, or a frame in a sandbox', { origin: 'null' }],
    ['nobody says where', {}],
  ])('does nothing for a page of %s', async (_whose, from) => {
    const { cookie } = await logIn();
    const headers = { cookie, ...(from as Record<string, string>) };
    const refused = [403, 'COMMON_ORIGIN_REFUSED'];
    expect(await codeOf(await call('POST', 'settings/key/rotate', { headers }))).toEqual(refused);
    expect(await codeOf(await upload(headers, 'Dev', 'forged.pkg'))).toEqual(refused);
    expect((await server.admin.packages()).map(({ filename }) => filename)).not.toContain('forged.pkg');
  });

  test('of before Sec-Fetch-Site is known by the origin of this very server', async () => {
    const { cookie } = await logIn();
    const answer = await call('DELETE', 'session', { headers: { cookie, origin: server.url } });
    expect(answer.status).toBe(204);
  });

  test('stays logged in over a restart', async () => {
    const session = await logIn();
    await server[Symbol.asyncDispose]();
    server = await start();
    expect((await call('GET', 'session', { headers: session })).status).toBe(200);
  });
});

describe('an account', () => {
  test('does what its role and stages allow, on byte routes too, and nothing once it is gone', async () => {
    const eva = { username: 'eva', password: 'correct horse', role: 'uploader', stages: ['Dev'] };
    const made = await call('POST', 'accounts', { headers: asAdmin(), body: eva });
    expect([made.status, await json(made)]).toEqual([201, expect.objectContaining({ username: 'eva', stages: ['Dev'] })]);
    const session = await logIn('eva', eva.password);
    expect((await upload(session, 'Dev', 'eva.pkg')).status).toBe(201);
    expect(await codeOf(await upload(session, 'Prod', 'eva-prod.pkg'))).toEqual([403, 'COMMON_ACCESS_DENIED']);
    expect(await codeOf(await call('GET', 'accounts', { headers: session }))).toEqual([403, 'COMMON_ACCESS_DENIED']);
    const change = { currentPassword: eva.password, newPassword: 'a better password', username: 'eva' };
    const changed = await call('POST', 'session/password', { headers: session, body: change });
    expect(changed.status).toBe(204);
    expect(await codeOf(await call('GET', 'session', { headers: session }))).toEqual([401, 'REGISTRATION_SESSION_OVER']);
    session.cookie = changed.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await call('GET', 'session', { headers: session })).status).toBe(200);
    expect((await call('DELETE', 'accounts/eva', { headers: asAdmin() })).status).toBe(204);
    expect(await codeOf(await call('GET', 'session', { headers: session }))).toEqual([401, 'REGISTRATION_SESSION_OVER']);
  });

  test('that is the last admin stays one', async () => {
    const refused = [409, 'REGISTRATION_ACCOUNT_LAST_ADMIN'];
    expect(await codeOf(await call('DELETE', 'accounts/admin', { headers: asAdmin() }))).toEqual(refused);
    const lower = { headers: asAdmin(), body: { role: 'viewer' } };
    expect(await codeOf(await call('PATCH', 'accounts/admin', lower))).toEqual(refused);
  });
});

describe('an API token', () => {
  test('is shown once, uploads, is listed with its last use, and ends at once', async () => {
    const body = { name: 'autopkg', role: 'uploader', stages: ['Dev'] };
    const issued = await call('POST', 'tokens', { headers: asAdmin(), body });
    const { id, token } = await json<{ id: string; token: string }>(issued);
    expect([issued.status, issued.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await upload(bearer, 'Dev', 'by-token.pkg')).status).toBe(201);
    expect(await codeOf(await call('GET', 'accounts', { headers: bearer }))).toEqual([403, 'COMMON_ACCESS_DENIED']);
    await eventually(async () => {
      const text = await (await call('GET', 'tokens', { headers: asAdmin() })).text();
      expect(text).not.toContain(token);
      expect(JSON.parse(text)).toMatchObject({ items: [{ id, name: 'autopkg', username: 'admin', lastUsedFrom: '127.0.0.1' }] });
      return true;
    });
    expect((await call('DELETE', `tokens/${id}`, { headers: asAdmin() })).status).toBe(204);
    expect(await codeOf(await call('GET', 'session', { headers: bearer }))).toEqual([401, 'REGISTRATION_TOKEN_REFUSED']);
    await eventually(async () => {
      const actors = (await server.admin.events('0')).items.flatMap((event) => ('actor' in event ? [event.actor] : []));
      expect(actors).toContain('token:admin/autopkg');
      return true;
    });
  });

  test('never makes one that may do more than itself', async () => {
    const issue = async (body: object, headers: Record<string, string> = asAdmin()) => call('POST', 'tokens', { headers, body });
    const { token } = await json<{ token: string }>(await issue({ name: 'reader', role: 'viewer' }));
    const bearer = { authorization: `Bearer ${token}` };
    expect(await codeOf(await issue({ name: 'wider', role: 'admin' }, bearer))).toEqual([422, 'REGISTRATION_TOKEN_INVALID']);
    const forAnother = { name: 'other', role: 'viewer', username: 'somebody' };
    expect(await codeOf(await issue(forAnother, bearer))).toEqual([403, 'COMMON_ACCESS_DENIED']);
  });
});

test('no password, token or cookie stands in an event, an answer of a list, or the log', async () => {
  const session = await logIn();
  const { token } = await json<{ token: string }>(
    await call('POST', 'tokens', { headers: asAdmin(), body: { name: 'secret', role: 'viewer' } }),
  );
  const eva = { username: 'lea', password: 'a planted password', role: 'viewer' };
  await call('POST', 'accounts', { headers: asAdmin(), body: eva });
  const lists = await Promise.all(
    ['accounts', 'tokens', 'sessions'].map(async (path) => (await call('GET', path, { headers: session })).text()),
  );
  // The feed follows; the account came last.
  const events = await eventually(async () => {
    const text = JSON.stringify(await server.admin.events('0'));
    return text.includes('"username":"lea"') && text;
  });
  for (const secret of [session.cookie.split('=')[1] ?? '', token, eva.password]) {
    expect(secret).not.toBe('');
    for (const text of [...lists, events, server.log()]) expect(text).not.toContain(secret);
  }
});
