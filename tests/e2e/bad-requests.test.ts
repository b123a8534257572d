import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { freePort, requirement, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawAnswer, rawBytes, rawRequest } from '../support/raw-http.ts';
import { expectNoErrors, expectProblem } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { formType, uploadForm } from '../support/upload-form.ts';

const content = randomBytes(3_000_000);

/** Address of this machine that is not the loopback one. */
const outsideAddress = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

const hasNetwork = await requirement('network', () => outsideAddress !== undefined);

let folder: TemporaryDirectory;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryDirectory();
  server = await startServerProcess({
    dataDir: join(folder.path, 'data'),
    port: await freePort(),
    env: { ODST_HOST: '0.0.0.0' },
  });
  const body = uploadForm('Ranges.pkg', content, 'Prod');
  const headers = { ...login(), 'Content-Type': formType };
  expect((await rawRequest(server.port, { method: 'POST', path: '/api/admin/upload', headers, body })).status).toBe(201);
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

type Headers = Readonly<Record<string, string>>;

const login = (): Headers => ({ Authorization: server.admin.authorization });
const ask = (method: string, path: string, headers: Headers = login()) => rawRequest(server.port, { method, path, headers });
const send = (method: string, path: string, body: string | Uint8Array, headers: Headers = {}) =>
  rawRequest(server.port, {
    method,
    path,
    headers: { ...login(), 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(body),
  });

const routesWithBody = [
  ['POST', '/api/admin/about'],
  ['POST', '/api/admin/about/update'],
  ['POST', '/api/admin/register'],
  ['PATCH', '/api/v1/packages/1'],
  ['POST', '/api/v1/packages/1/promote'],
  ['POST', '/api/v1/packages/bulk'],
  ['POST', '/api/v1/conflicts/1-Prod/resolve'],
] as const;

describe.each(routesWithBody)('%s %s', (method, path) => {
  test.each([
    ['broken JSON', '{"name": ', 400, 'COMMON_REQUEST_MALFORMED'],
    ['nothing', '', 400, 'COMMON_REQUEST_MALFORMED'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'COMMON_REQUEST_MALFORMED'],
    [
      'half a surrogate',
      '{"name":"\\ud800","url":"http://x","iss_id":"","key":"","stage":"Dev"}',
      400,
      'COMMON_REQUEST_MALFORMED',
    ],
    ['a poisoned prototype', '{"__proto__":{"stage":"Dev"}}', 400, 'COMMON_REQUEST_MALFORMED'],
    ['100,000 brackets', '['.repeat(100_000), 400, 'COMMON_REQUEST_MALFORMED'],
    ['a list', '[]', 422, 'COMMON_REQUEST_INVALID'],
    ['null', 'null', 422, 'COMMON_REQUEST_INVALID'],
    ['an empty object', '{}', 422, 'COMMON_REQUEST_INVALID'],
    ['fields of other types', '{"name":5,"url":5,"iss_id":5,"key":5,"stage":5}', 422, 'COMMON_REQUEST_INVALID'],
    ['more than a MiB', `{"name":"${'x'.repeat(1_048_576)}"}`, 413, 'COMMON_CONTENT_TOO_LARGE'],
  ])('refuses %s', async (_what, body, status, code) => {
    expectProblem(await send(method, path, body), status, code);
  });

  test('takes JSON only, and from nobody without a login', async () => {
    expectProblem(await send(method, path, '{}', { 'Content-Type': 'text/plain' }), 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED');
    expectProblem(await send(method, path, '{broken', { Authorization: '' }), 401, 'COMMON_LOGIN_REQUIRED');
  });
});

const key = Buffer.alloc(32, 1).toString('base64');
const issId = 'a'.repeat(32);

test.each([
  ['an unknown stage', '/api/admin/about', { stage: 'Production' }, '/stage'],
  ['firewalled_mode as true', '/api/admin/about', { firewalled_mode: true }, '/firewalled_mode'],
  ['another iss', '/api/admin/about', { iss: issId }, '/iss'],
  ['another key', '/api/admin/about', { key }, '/key'],
  ['a URL without http', '/api/admin/about', { url: 'ftp://ods.example.org' }, '/url'],
  ['an empty name', '/api/admin/about', { name: '' }, '/name'],
  ['a name with a control character', '/api/admin/about', { name: 'a\u0007b' }, '/name'],
  ['a peer without a URL', '/api/admin/register', { iss_id: issId, key }, '/url'],
  ['a peer whose URL is none', '/api/admin/register', { url: 'nowhere', iss_id: issId, key }, '/url'],
  ['a peer whose URL names a file', '/api/admin/register', { url: 'file:///etc/passwd', iss_id: issId, key }, '/url'],
  ['a peer whose URL has a password', '/api/admin/register', { url: 'http://a:b@127.0.0.1:1', iss_id: issId, key }, '/url'],
  ['a peer whose key is too short', '/api/admin/register', { url: 'http://127.0.0.1:1', iss_id: issId, key: 'AAAA' }, '/key'],
  ['a peer whose iss is none', '/api/admin/register', { url: 'http://127.0.0.1:1', iss_id: 'x', key }, '/iss_id'],
])('refuses %s, says where, and changes nothing', async (_what, path, body, pointer) => {
  const before = await server.admin.about();
  const answer = await send('POST', path, JSON.stringify(body));
  expect([answer.status, answer.json?.['errors']]).toEqual([422, [expect.objectContaining({ pointer })]]);
  expect(await server.admin.about()).toEqual(before);
  expect(await server.admin.peers()).toEqual([]);
});

describe('what is not there', () => {
  test.each([
    ['GET', '/api/admin/packages/999', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/api/admin/packages/99999999999999999999', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/api/admin/packages/none.pkg', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/api/admin/packages/%00', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', `/api/admin/packages/${'x'.repeat(5_000)}`, 'COMMON_ROUTE_UNKNOWN'],
    ['DELETE', '/api/v1/peers/999', 'REGISTRATION_PEER_UNKNOWN'],
    ['DELETE', '/api/v1/peers/none', 'REGISTRATION_PEER_UNKNOWN'],
    ['POST', '/api/v1/peers/999/sync', 'REGISTRATION_PEER_UNKNOWN'],
    ['GET', '/share/none.pkg', 'CATALOG_PACKAGE_UNKNOWN'],
    ['HEAD', '/share/none.pkg', undefined],
    ['GET', `/share/${'%C3%A4'.repeat(2_000)}`, 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/share/..%2f..%2fetc%2fpasswd', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/share/../../../etc/passwd', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/Packages/folder/none.pkg', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/share/', 'CATALOG_PACKAGE_UNKNOWN'],
    ['GET', '/api/admin/nothing', 'COMMON_ROUTE_UNKNOWN'],
    ['GET', '//nothing', 'COMMON_ROUTE_UNKNOWN'],
    ['GET', '/assets/nothing.js', 'COMMON_ROUTE_UNKNOWN'],
  ])('is 404: %s %s', async (method, path, code) => {
    const answer = await ask(method, path);
    if (code === undefined) expect([answer.status, answer.body.length]).toEqual([404, 0]);
    else expectProblem(answer, 404, code);
  });

  test('is 404 for a stage change too', async () => {
    expectProblem(await send('PATCH', '/api/v1/packages/999', '{"stage":"Dev"}'), 404, 'CATALOG_PACKAGE_UNKNOWN');
  });

  test.each(['/share/%ff', '/share/%zz', '/api/admin/packages/%E0%A4%A'])('is 400 where %s is no path', async (path) => {
    expectProblem(await ask('GET', path), 400, 'COMMON_REQUEST_MALFORMED');
  });
});

test.each([
  ['PUT', '/api/admin/about', 'GET, HEAD, POST'],
  ['DELETE', '/api/admin/packages/1', 'GET, HEAD'],
  ['GET', '/api/admin/upload', 'POST'],
  ['GET', '/api/admin/register', 'POST'],
  ['POST', '/share/Ranges.pkg', 'GET, HEAD'],
  ['PUT', '/Packages/Ranges.pkg', 'GET, HEAD'],
  ['DELETE', '/api/admin/packages', 'GET, HEAD, POST'],
  ['PUT', '/api/v1/packages/1', 'DELETE, GET, HEAD, PATCH'],
  ['TRACE', '/healthz', 'GET, HEAD'],
  ['PROPFIND', '/api/ods/v1/hint', 'POST'],
])('%s %s is 405 and names what it takes', async (method, path, allow) => {
  const answer = await ask(method, path);
  expectProblem(answer, 405, 'COMMON_METHOD_NOT_ALLOWED');
  expect(answer.headers['allow']?.split(', ').sort().join(', ')).toBe(allow);
});

describe('a range of a download', () => {
  const range = (value: string, more: Headers = {}) => ask('GET', '/share/Ranges.pkg', { Range: value, ...more });

  test.each([
    ['bytes=0-99', 0, 100],
    ['bytes=1048570-1048590', 1_048_570, 1_048_591],
    ['bytes=2999999-', 2_999_999, 3_000_000],
    ['bytes=-5', 2_999_995, 3_000_000],
    ['bytes=-9999999999', 0, 3_000_000],
    ['bytes=10-99999999999999999999', 10, 3_000_000],
  ])('%s is exactly these bytes', async (value, start, end) => {
    const answer = await range(value);
    expect([answer.status, answer.headers['content-range']]).toEqual([206, `bytes ${start}-${end - 1}/3000000`]);
    expect(answer.body.equals(content.subarray(start, end))).toBe(true);
  });

  test.each(['bytes=3000000-', 'bytes=99999999999999999999-', 'bytes=-0'])('%s lies beyond the end', async (value) => {
    const answer = await range(value);
    expectProblem(answer, 416, 'STORAGE_RANGE_UNSATISFIABLE');
    expect(answer.headers['content-range']).toBe('bytes */3000000');
  });

  test.each(['bytes=0-1,5-6', 'bytes=5-2', 'bytes=a-b', 'chunks=0-1', 'bytes='])('%s counts as none', async (value) => {
    const answer = await range(value);
    expect([answer.status, answer.headers['content-range']]).toEqual([200, undefined]);
    expect(answer.body.equals(content)).toBe(true);
  });

  test('counts only for the same content where If-Range asks', async () => {
    const { headers } = await ask('HEAD', '/share/Ranges.pkg');
    const tag = headers['etag'] ?? '';
    for (const same of [tag, headers['last-modified'] ?? ''])
      expect((await range('bytes=0-9', { 'If-Range': same })).status).toBe(206);
    for (const other of ['"other"', `W/${tag}`, 'Mon, 01 Jan 2001 00:00:00 GMT'])
      expect((await range('bytes=0-9', { 'If-Range': other })).status).toBe(200);
  });

  test('means nothing to HEAD, which tells all but the bytes', async () => {
    const answer = await ask('HEAD', '/Packages/Ranges.pkg', { Range: 'bytes=0-9' });
    expect([answer.status, answer.body.length, answer.headers['content-length']]).toEqual([200, 0, '3000000']);
    expect(answer.headers['accept-ranges']).toBe('bytes');
  });
});

describe('the login', () => {
  test.each([
    '',
    'Basic',
    'Basic !!!',
    `Basic ${'A'.repeat(8_000)}`,
    `Basic ${Buffer.from('admin').toString('base64')}`,
    `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}`,
    'Bearer abc',
    'ODST a.b.c',
  ])('by %j is none', async (authorization) => {
    const answer = await ask('GET', '/api/admin/packages', { Authorization: authorization });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Basic /)]);
  });

  test.each([
    ['GET', '/api/admin/about'],
    ['GET', '/api/admin/packages'],
    ['GET', '/api/admin/packages/1'],
    ['GET', '/api/admin/registered_ods'],
    ['GET', '/api/admin/system'],
    ['GET', '/api/v1/peers'],
    ['GET', '/api/v1/events'],
    ['POST', '/api/v1/peers/1/sync'],
    ['DELETE', '/api/v1/peers/1'],
    ['POST', '/api/admin/upload'],
    ['POST', '/api/admin/packages'],
  ])('is needed by %s %s', async (method, path) => {
    expectProblem(await ask(method, path, {}), 401, 'COMMON_LOGIN_REQUIRED');
  });

  test.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])(
    'by the default password is refused beside %s',
    async (name) => {
      const answer = await ask('GET', '/api/admin/about', { ...login(), [name]: '127.0.0.1' });
      expectProblem(answer, 403, 'REGISTRATION_PASSWORD_DEFAULT');
    },
  );

  test('by the default password is refused under a strange Host', async () => {
    expectProblem(
      await ask('GET', '/api/admin/about', { ...login(), Host: 'evil.example' }),
      403,
      'REGISTRATION_PASSWORD_DEFAULT',
    );
  });

  test('by the default password is refused for a strange host in the target, whatever Host says', async () => {
    expectProblem(await ask('GET', 'http://evil.example/api/admin/about'), 403, 'REGISTRATION_PASSWORD_DEFAULT');
    expect((await ask('GET', `http://127.0.0.1:${server.port}//api/admin/about`)).status).toBe(200);
  });

  test.skipIf(!hasNetwork)('by the default password is refused from another address than loopback', async () => {
    const answer = await fetch(`http://${outsideAddress}:${server.port}/api/admin/about`, {
      headers: { authorization: server.admin.authorization },
    });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'REGISTRATION_PASSWORD_DEFAULT' }),
    ]);
  });
});

describe('a request that is signed by nobody is refused', () => {
  const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const token = (header: unknown, claims: unknown) => `${part(header)}.${part(claims)}.${part('signature')}`;
  const tokens = [
    ['empty', ''],
    ['a word', 'x'],
    ['two parts', 'a.b'],
    ['three words', 'a.b.c'],
    ['dots', '...'],
    ['of the algorithm none', `${part({ alg: 'none' })}.${part({ iss: issId })}.`],
    ['of another algorithm', token({ alg: 'HS256' }, { iss: issId })],
    ['without JSON', token({ alg: 'EdDSA' }, 'no JSON')],
    ['of null', token({ alg: 'EdDSA' }, 'null')],
    ['of a list', token({ alg: 'EdDSA' }, [])],
    ['with a number for iss', token({ alg: 'EdDSA' }, { iss: 5 })],
    ['with __proto__ for iss', token({ alg: 'EdDSA' }, { iss: '__proto__' })],
    ['with critical extensions', token({ alg: 'EdDSA', crit: ['b64'], b64: false }, { iss: issId })],
    ['of 9000 letters', 'x'.repeat(9_000)],
  ] as const;
  const routes = [
    ['GET', '/api/ods/v1/changes'],
    ['POST', '/api/ods/v1/hint'],
    ['POST', '/api/ods/v1/peers'],
    ['PUT', '/api/ods/v1/peers/me'],
    ['DELETE', '/api/ods/v1/peers/me'],
    ['GET', `/api/ods/v1/blobs/${'a'.repeat(64)}/manifest`],
  ] as const;

  test.each(tokens)('with a token that is %s', async (_what, value) => {
    for (const [method, path] of routes) {
      const answer = await ask(method, path, { Authorization: `ODST ${value}` });
      expectProblem(answer, 401, 'REGISTRATION_SIGNATURE_INVALID');
      expect(answer.headers['www-authenticate']).toBe('ODST realm="peers"');
    }
  });

  test.each(['', 'x', 'x.y', `${part([issId, 'a'.repeat(64), 9_999_999_999])}.${part('mac')}`])(
    'by the grant %j',
    async (grant) => {
      for (const name of ['a'.repeat(64), 'zz', '..'])
        expectProblem(
          await ask('GET', `/api/ods/v1/blobs/${name}`, { Authorization: `Grant ${grant}` }),
          401,
          'STORAGE_GRANT_INVALID',
        );
    },
  );
});

describe('what is hardly HTTP', () => {
  test.each([
    ['a long header', { path: '/', headers: { X: 'x'.repeat(20_000) } }],
    ['a long path', { path: `/${'x'.repeat(20_000)}` }],
    ['3000 headers', { path: '/', headers: Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`X${n}`, '1'])) }],
  ])('as %s is told that it is too much', async (_what, request) => {
    expectProblem(await rawRequest(server.port, request), 431, 'COMMON_HEADERS_TOO_LARGE');
  });

  test.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a version to come', 'GET / HTTP/9.9\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a negative length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['a NUL in the path', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('as %s is refused', async (_what, text) => {
    expectProblem(await rawBytes(server.port, Buffer.from(text, 'latin1'), { half: true }), 400, 'COMMON_REQUEST_MALFORMED');
  });
});

test.each([
  ['after=x', 422, 'COMMON_REQUEST_INVALID'],
  ['after=1&after=2', 422, 'COMMON_REQUEST_INVALID'],
  ['limit=0', 422, 'COMMON_REQUEST_INVALID'],
  ['limit=1e3', 422, 'COMMON_REQUEST_INVALID'],
  ['after=99999999999999999999', 410, 'EVENTS_FEED_RESET'],
])('the event feed refuses %s', async (query, status, code) => {
  expectProblem(await ask('GET', `/api/v1/events?${query}`), status, code);
});

test('wrong passwords are slowed down, and who logged in rightly from this address before is not concerned', async () => {
  const wrong = { Authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` };
  const answers: RawAnswer[] = [];
  while (answers.at(-1)?.status !== 429 && answers.length < 50) answers.push(await ask('GET', '/api/admin/packages', wrong));
  const last = answers.at(-1) as RawAnswer;
  expectProblem(last, 429, 'REGISTRATION_LOGIN_LIMITED');
  expect(answers.length).toBeGreaterThan(3);
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  expect((await ask('GET', '/api/admin/packages')).status).toBe(200);
});

test('none of it was an error of the server', () => {
  expectNoErrors(server.log());
});
