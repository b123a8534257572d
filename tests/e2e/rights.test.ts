import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { type Operation, operations, type Right } from '@odst/api';
import { freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { rawRequest } from '../support/raw-http.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const adminPassword = 'a password of its own';
const password = 'correct horse battery';
const roles = ['viewer', 'uploader', 'promoter', 'admin'] as const;
type Role = (typeof roles)[number];
type Headers = Readonly<Record<string, string>>;

const stack = new AsyncDisposableStack();
let folder: string;
let server: ServerProcess;
/** The headers of each kind of credential of each role. */
const credentials = new Map<string, Headers>();

const call = (method: string, path: string, headers: Headers, body?: unknown) =>
  fetch(`${server.url}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
/** Answers to HEAD have no body to tell the code. */
const codeOf = async (answer: Response, untold?: string) => {
  const text = await answer.text();
  return [answer.status, text === '' ? untold : (JSON.parse(text) as { code?: string }).code];
};
const asAdmin = (): Headers => ({ authorization: server.admin.authorization });
const basicOf = (username: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});

async function tokenOf(name: string, role: Role, stages: readonly string[] = []): Promise<Headers> {
  const answer = await call('POST', '/api/v1/tokens', asAdmin(), { name, role, stages });
  return { authorization: `Bearer ${((await answer.json()) as { token: string }).token}` };
}

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  const env = { ODST_ADMIN_PASSWORD: adminPassword };
  server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
  for (const role of roles) {
    const username = `a-${role}`;
    expect((await call('POST', '/api/v1/accounts', asAdmin(), { username, password, role })).status).toBe(201);
    credentials.set(`password ${role}`, basicOf(username));
    const login = await call('POST', '/api/v1/session', {}, { username, password });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    credentials.set(`session ${role}`, { cookie, 'sec-fetch-site': 'same-origin' });
    // Of an admin: what counts is the token's own role.
    credentials.set(`token ${role}`, await tokenOf(`as ${role}`, role));
  }
  const limitedAdmin = { username: 'dev-admin', password, role: 'admin', stages: ['Dev', 'Test'] };
  expect((await call('POST', '/api/v1/accounts', asAdmin(), limitedAdmin)).status).toBe(201);
});
afterAll(() => stack.disposeAsync());

/** A request of an operation that nobody could mean: who may call is told what is wrong with it, and nothing is done. */
function strange({ method, url, body }: Operation): readonly [method: string, path: string, body: unknown] {
  const path = url.replaceAll(/:\w+/g, '!').replace('*', 'nothing.pkg');
  return [method, url.startsWith('/api/v1/') ? `${path}?strange=1` : path, body === undefined ? undefined : { strange: 1 }];
}

// Metrics are open where a server is meant for its own machine alone: gateway/test/routes/metrics.test.ts.
const byRight = operations
  .filter(({ id }) => id !== 'readMetrics')
  .flatMap((operation) =>
    typeof operation.access === 'object' ? [[`${operation.method} ${operation.url}`, operation, operation.access] as const] : [],
  );

describe.each(byRight)('%s', (_name, operation, { role: least }: Right) => {
  test('is for its role and those above, whatever they log in with, and for nobody else', async () => {
    const [method, path, body] = strange(operation);
    expect((await call(method, path, {}, body)).status).toBe(401);
    expect((await call(method, path, { authorization: 'Bearer odst_0123456789abcdef_x' }, body)).status).toBe(401);
    expect((await call(method, path, { cookie: 'odst-session=x', 'sec-fetch-site': 'same-origin' }, body)).status).toBe(401);
    for (const [who, headers] of credentials) {
      const role = roles.find((one) => who.endsWith(one)) ?? 'viewer';
      const answer = await call(method, path, headers, body);
      if (roles.indexOf(role) < roles.indexOf(least)) {
        const untold = method === 'HEAD' ? 'COMMON_ACCESS_DENIED' : undefined;
        expect([who, ...(await codeOf(answer, untold))]).toEqual([who, 403, 'COMMON_ACCESS_DENIED']);
      } else {
        const isLetIn = ![401, 403].includes(answer.status) && answer.status < 500;
        expect([who, answer.status, isLetIn]).toEqual([who, answer.status, true]);
        await answer.body?.cancel();
      }
    }
  });
});

/** What an admin for some stages may do beside reading: what is of these stages, or one's own. */
const ofStages = ['packages:upload', 'packages:change', 'self:change'];

test('an admin who is limited to stages changes nothing but packages and own logins, by whatever route', async () => {
  const limited = basicOf('dev-admin');
  const limitedToken = await call('POST', '/api/v1/tokens', limited, { name: 'dev', role: 'admin' });
  const token = { authorization: `Bearer ${((await limitedToken.json()) as { token: string }).token}` };
  for (const [name, operation, { action }] of byRight) {
    const [method, path, body] = strange(operation);
    for (const headers of [limited, token]) {
      const answer = await call(method, path, headers, body);
      const isOpen = action.endsWith(':read') || ofStages.includes(action);
      if (!isOpen) expect([name, ...(await codeOf(answer))]).toEqual([name, 403, 'COMMON_ACCESS_DENIED']);
      else expect([name, answer.status < 500 && ![401, 403].includes(answer.status)]).toEqual([name, true]);
      if (!answer.bodyUsed) await answer.body?.cancel();
    }
  }
});

test('an admin who is limited to stages neither sees the Key nor what others are logged in with, and ends none of it', async () => {
  const limited = basicOf('dev-admin');
  const about = await call('GET', '/api/admin/about', limited);
  expect(await about.json()).not.toHaveProperty('key');
  const all = await call('GET', '/api/v1/tokens', asAdmin());
  const { items } = (await all.json()) as { items: { id: string; username: string }[] };
  const other = items.find(({ username }) => username === 'admin')?.id ?? '';
  expect(await codeOf(await call('DELETE', `/api/v1/tokens/${other}`, limited))).toEqual([404, 'REGISTRATION_TOKEN_UNKNOWN']);
  for (const list of ['tokens', 'sessions']) {
    const seen = (await (await call('GET', `/api/v1/${list}`, limited)).json()) as { items: { username: string }[] };
    expect([...new Set(seen.items.map(({ username }) => username))]).toEqual(list === 'tokens' ? ['dev-admin'] : []);
  }
  const sessions = (await (await call('GET', '/api/v1/sessions', asAdmin())).json()) as { items: { id: string }[] };
  const ended = await call('DELETE', `/api/v1/sessions/${sessions.items[0]?.id}`, limited);
  expect(await codeOf(ended)).toEqual([404, 'REGISTRATION_SESSION_UNKNOWN']);
  const forOther = { name: 'for another', role: 'viewer', username: 'a-viewer' };
  expect(await codeOf(await call('POST', '/api/v1/tokens', limited, forOther))).toEqual([403, 'COMMON_ACCESS_DENIED']);
});

test.each(
  operations
    .filter(({ access }) => access === 'peer' || access === 'grant')
    .map((one) => [`${one.method} ${one.url}`, one] as const),
)('%s is for peers: no account, session or token opens it', async (_name, operation) => {
  const path = operation.url.replace(':sha256', 'a'.repeat(64)).replaceAll(/:\w+/g, '1');
  for (const headers of [{}, ...credentials.values()]) {
    const answer = await call(operation.method, path, headers, operation.body === undefined ? undefined : {});
    expect([400, 401]).toContain(answer.status);
  }
});

describe('a right that is limited to Dev', () => {
  let limited: Headers;
  let id: number;

  const upload = async (headers: Headers, stage: string, name: string) => {
    const file = await installerFile(join(folder, name), 10_240, name);
    const form = new FormData();
    form.set('stage', stage);
    form.set('file', await openAsBlob(file.path), name);
    return fetch(`${server.url}/api/admin/upload`, { method: 'POST', headers, body: form });
  };
  const denied = [403, 'COMMON_ACCESS_DENIED'];

  beforeAll(async () => {
    limited = await tokenOf('only dev', 'promoter', ['Dev']);
    expect((await upload(asAdmin(), 'Prod', 'limited.pkg')).status).toBe(201);
    id = (await server.admin.findPackage('limited.pkg'))?.id ?? 0;
  });

  test('uploads there and nowhere else', async () => {
    expect((await upload(limited, 'Dev', 'dev.pkg')).status).toBe(201);
    for (const stage of ['Test', 'Prod']) expect(await codeOf(await upload(limited, stage, 'no.pkg'))).toEqual(denied);
    expect((await server.admin.packages()).map(({ filename }) => filename)).not.toContain('no.pkg');
  });

  test.each([
    ['promote', 'POST', 'promote', { to: 'Prod' }],
    ['demote from a stage that it does not have', 'POST', 'demote', { from: 'Prod', to: 'Dev' }],
    ['demote from a stage that it does not name', 'POST', 'demote', { to: 'Dev' }],
    ['delete everywhere', 'DELETE', '', undefined],
    ['delete elsewhere', 'DELETE', '?stage=Prod', undefined],
    ['restore everywhere', 'POST', 'restore', {}],
    ['roll back elsewhere', 'POST', 'rollback', { stage: 'Prod' }],
    ['move', 'PATCH', '', { stage: 'Dev' }],
    ['confirm a deletion', 'POST', 'confirm', undefined],
  ])('does not %s', async (_act, method, act, body) => {
    const path = `/api/v1/packages/${id}${act === '' || act.startsWith('?') ? act : `/${act}`}`;
    const answer = await call(method, path, limited, body);
    expect(await codeOf(answer)).toEqual(denied);
    expect((await server.admin.package(id)).stage).toBe('Prod');
  });

  test('does none of it to many at once, nor in a conflict', async () => {
    const bulk = await call('POST', '/api/v1/packages/bulk', limited, { act: 'delete', ids: [id], stage: 'Prod' });
    expect((await bulk.json()) as object).toMatchObject({ items: [{ id, status: 403, code: 'COMMON_ACCESS_DENIED' }] });
    const resolved = await call('POST', `/api/v1/conflicts/${id}-Prod/resolve`, limited, { keep: null });
    expect(await codeOf(resolved)).toEqual(denied);
  });

  test('makes no token without that limit', async () => {
    for (const wider of [{ stages: ['Prod'] }, { stages: ['Dev', 'Prod'] }, { stages: ['Dev'], role: 'admin' }]) {
      const answer = await call('POST', '/api/v1/tokens', limited, { name: 'wider', role: 'viewer', ...wider });
      expect(await codeOf(answer)).toEqual([422, 'REGISTRATION_TOKEN_INVALID']);
    }
  });
});

test('no name, browser or path breaks a line of the log, colours a terminal or splits a header', async () => {
  const nasty = 'eva\r\n{"level":"error","msg":"forged"}\u001b[31m\u202e';
  const headers = { 'user-agent': 'Browser "}\u009b31m' };
  await call('POST', '/api/v1/session', headers, { username: nasty, password: 'wrong' });
  await call('GET', '/api/admin/about', { authorization: `Basic ${Buffer.from(`${nasty}:x`).toString('base64')}` });
  await rawRequest(server.port, { path: '/share/a%0d%0aSet-Cookie:%20a=b%1b[31m' });
  const split = await rawRequest(server.port, { path: '/share/a%0d%0aSet-Cookie:%20a=b.pkg' });
  expect(split.headers).not.toHaveProperty('set-cookie');
  expectNoErrors(server.log());
  // Of the last line there may be a part.
  for (const line of server.log().split('\n').slice(0, -1)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    if (line !== '') expect(() => JSON.parse(line)).not.toThrow();
  }
});

test('credentials of any form are refused, and never a fault of the server', async () => {
  const forms = [
    'Basic',
    'Basic ',
    'Basic =',
    `Basic ${'A'.repeat(12_000)}`,
    'Basic Og==',
    'Bearer',
    'Bearer  ',
    `Bearer ${'x'.repeat(12_000)}`,
    'Bearer odst_',
    'Bearer odst_0123456789abcdef_',
    `Bearer odst_0123456789abcdef_${'A'.repeat(43)}`,
    'Bearer \xff\xfe',
    'ODST a.b.c',
    'Grant x',
    'Negotiate YII=',
    `${'B'.repeat(4_000)} x`,
    'Bearer a b',
    'Basic YTpi, Bearer x',
    'Bearer null',
    "Bearer ' OR 1=1 --",
  ];
  for (const value of forms) {
    const answer = await rawRequest(server.port, { path: '/api/admin/about', headers: { Authorization: value } });
    expect([value.slice(0, 40), answer.status]).toEqual([value.slice(0, 40), 401]);
  }
  const cookies = [
    'odst-session',
    'odst-session=',
    'odst-session=;odst-session=',
    `odst-session=${'x'.repeat(8_000)}`,
    '=;=;=',
    '\xff=\xff',
  ];
  for (const value of [...cookies, `odst-session=${'%00'.repeat(20)}`, 'odst-session="quoted"', '__Host-odst-session=x']) {
    const answer = await rawRequest(server.port, { path: '/api/admin/about', headers: { Cookie: value } });
    expect([value.slice(0, 40), answer.status]).toEqual([value.slice(0, 40), 401]);
  }
  const large = await rawRequest(server.port, { path: '/api/admin/about', headers: { Cookie: 'x'.repeat(20_000) } });
  expect(large.status).toBe(431);
  expectNoErrors(server.log());
});
