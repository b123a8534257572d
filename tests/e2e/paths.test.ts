import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headOf, openSocket, type RawRequest, rawBytes, rawRequest, readAnswer } from '../support/raw-http.ts';
import { expectNoErrors, expectProblem } from '../support/refusals.ts';
import { hasNginx, startPlainProxy, startReverseProxy } from '../support/reverse-proxy.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { formType, uploadForm } from '../support/upload-form.ts';

const content = randomBytes(100_000);
const name = 'Zürich + 100% #1.pkg';
const encoded = 'Z%C3%BCrich%20+%20100%25%20%231.pkg';
const withNginx = await hasNginx();

const ways: readonly { readonly way: string; readonly lacking: boolean }[] = [
  { way: 'asked directly', lacking: false },
  { way: "behind nginx with the product's configuration", lacking: !withNginx },
  { way: 'behind nginx with nothing but proxy_pass', lacking: !withNginx },
];

const stack = new AsyncDisposableStack();
const ports: number[] = [];
let server: ServerProcess;

beforeAll(async () => {
  const folder = stack.use(await temporaryDirectory());
  const env = { ODST_TRUSTED_PROXIES: '127.0.0.1', ODST_ADMIN_PASSWORD: 'a password of this test' };
  server = stack.use(await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort(), env }));
  ports.push(server.port);
  if (withNginx) {
    const [shipped, plain] = [await freePort(), await freePort()];
    const services = { gatewayPort: server.port, dataPlanePort: server.port };
    stack.use(await startReverseProxy({ folder: join(folder.path, 'shipped'), port: shipped, ...services }));
    stack.use(await startPlainProxy({ folder: join(folder.path, 'plain'), port: plain, serverPort: server.port }));
    ports.push(shipped, plain);
    for (const port of ports) await eventually(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  }
  expect((await send(0, { method: 'POST', path: '/api/admin/upload', ...form(name) })).status).toBe(201);
});

afterAll(() => stack.disposeAsync());

const send = (way: number, request: RawRequest) => rawRequest(ports[way] ?? 0, request);
const login = () => ({ Authorization: server.admin.authorization });
const form = (filename: string) => ({
  headers: { ...login(), 'Content-Type': formType },
  body: uploadForm(filename, content, 'Prod'),
});

describe.each(ways.map((one, index) => ({ ...one, index })))('$way', ({ lacking, index }) => {
  const ask = (path: string, more: Partial<RawRequest> = {}) => send(index, { path, ...more });

  test
    .skipIf(lacking)
    .each([
      `//Packages/${encoded}`,
      `/Packages//${encoded}`,
      `////Packages////${encoded}`,
      `/Packages/${encoded}/`,
      `//share//${encoded}//`,
      `/%50ackages/${encoded.toLowerCase().replace('z', 'Z')}`,
      `/Packages/Zu%CC%88rich%20+%20100%25%20%231.pkg`,
      `/Packages/Zu%cc%88rich%20%2B%20100%25%20%231.pkg?any=//thing`,
      `http://elsewhere.example/Packages//${encoded}`,
    ])('%s is the package, with HEAD, Range and conditions', async (path) => {
    const whole = await ask(path);
    expect([whole.status, whole.body.equals(content)]).toEqual([200, true]);
    const head = await ask(path, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '100000', 0]);
    const part = await ask(path, { headers: { Range: 'bytes=5-9' } });
    expect([part.status, part.body.equals(content.subarray(5, 10))]).toEqual([206, true]);
    expect((await ask(path, { headers: { 'If-None-Match': whole.headers['etag'] ?? '' } })).status).toBe(304);
    expect((await ask(path, { headers: { 'If-Match': '"other"' } })).status).toBe(412);
  });

  test
    .skipIf(lacking)
    .each([
      '//api//admin///packages//',
      '/api/admin/packages/',
      '/%61pi/admin/packages',
      '/api/admin/packages?x=//',
      'http://elsewhere.example//api/admin/packages',
    ])('%s is the list for who logs in, and for nobody else', async (path) => {
    expectProblem(await ask(path), 401, 'COMMON_LOGIN_REQUIRED');
    const answer = await ask(path, { headers: login() });
    expect([answer.status, answer.headers['location'], answer.json]).toEqual([
      200,
      undefined,
      { items: expect.arrayContaining([expect.objectContaining({ filename: name })]) },
    ]);
  });

  test
    .skipIf(lacking)
    .each([
      '/share/..//api/admin/packages',
      '/share/%2e%2e/api/admin/packages',
      '/share/..%2Fapi%2Fadmin%2Fpackages',
      '/share/..\\..\\api\\admin\\packages',
      '/api%2Fadmin%2Fpackages',
      '/.//api/admin/packages',
      '//127.0.0.1/api/admin/packages',
      '/\\evil.example/api/admin/packages',
      '/share/%00',
      '/Packages/%2F%2F',
      '/API/admin/packages',
    ])('%s leads nowhere, logged in or not', async (path) => {
    for (const headers of [{}, login()]) {
      const answer = await ask(path, { headers });
      expect([400, 404]).toContain(answer.status);
      expect(answer.headers['location']).toBeUndefined();
      expect(answer.body.toString('latin1')).not.toContain('"items"');
    }
  });

  test.skipIf(lacking)('takes an upload under a path with many slashes, and asks for the login there too', async () => {
    const path = '//api//admin/packages//';
    expectProblem(
      await ask(path, { method: 'POST', ...form('slashes.pkg'), headers: { 'Content-Type': formType } }),
      401,
      'COMMON_LOGIN_REQUIRED',
    );
    expect((await ask(path, { method: 'POST', ...form('slashes.pkg') })).status).toBe(201);
  });

  test.skipIf(lacking)('takes a resumable upload, whose Location is a path', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const tus = { ...login(), 'Tus-Resumable': '1.0.0' };
    const created = await ask('/api/v1/uploads', {
      method: 'POST',
      headers: {
        ...tus,
        'Upload-Length': String(content.length),
        'Upload-Metadata': `filename ${base64(`resumed-${index}.pkg`)},stage ${base64('Prod')}`,
      },
    });
    const path = created.headers['location'] ?? '';
    expect([created.status, path]).toEqual([201, expect.stringMatching(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/)]);
    for (const [from, to] of [
      [0, 30_000],
      [30_000, content.length],
    ] as const) {
      const headers = { ...tus, 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' };
      expect((await ask(path, { method: 'PATCH', headers, body: content.subarray(from, to) })).status).toBe(204);
      const head = await ask(path, { method: 'HEAD', headers: tus });
      expect([head.status, head.headers['upload-offset']]).toEqual([200, String(to)]);
    }
    expect((await ask(`/Packages/resumed-${index}.pkg`)).body.equals(content)).toBe(true);
  });

  test.skipIf(lacking).each([
    ['PUT', '/api/admin/upload', 'POST'],
    ['PUT', '/api/admin/upload/Tool.pkg', 'POST'],
    ['PUT', '/api/admin/packages', 'GET, HEAD, POST'],
    ['PUT', '/Packages/', 'GET, HEAD'],
    ['PUT', '//Packages//Tool.pkg', 'GET, HEAD'],
    ['MKCOL', '/Packages/new/', 'GET, HEAD'],
  ])('%s %s is told which methods there are, and how to upload', async (method, path, allow) => {
    const answer = await ask(path, { method, body: content });
    expectProblem(answer, 405, 'COMMON_METHOD_NOT_ALLOWED');
    expect(answer.headers['allow']).toBe(allow);
    expect(answer.json?.['detail']).toMatch(
      /curl -u admin -F stage=Prod -F file=@Installer\.pkg http:\/\/[^/]+\/api\/admin\/upload$/,
    );
  });

  test.skipIf(lacking)('tells what may be done by OPTIONS', async () => {
    const answer = await ask('/api/admin/packages', { method: 'OPTIONS' });
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
  });

  test.skipIf(lacking).each([
    ['/Packages/caf%E9.pkg', 'UTF-8'],
    ['/Packages/100%.pkg', 'UTF-8'],
    ['/Packages/caf\xc3\xa9.pkg', 'percent-encode'],
  ])('%s is 400 and says what to encode', async (path, words) => {
    const answer = await ask(path);
    expect(answer.status).toBe(400);
    if (answer.json !== undefined) expect(answer.json['detail']).toContain(words);
  });
});

test('a large body for a method that is not taken is refused at its head, and the answer can be read', async () => {
  const socket = await openSocket(server.port);
  const answer = readAnswer(socket);
  socket.write(headOf({ method: 'PUT', path: '/Packages/Tool.pkg', headers: { 'Content-Length': '200000000' } }, server.port));
  const piece = Buffer.alloc(1_048_576);
  const feed = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', feed);
  feed();
  expectProblem(await answer, 405, 'COMMON_METHOD_NOT_ALLOWED');
});

test('a path that is no request line says so, and nothing of it was an error of the server', async () => {
  const answer = await rawBytes(server.port, Buffer.from('GET /Packages/My Tool.pkg HTTP/1.1\r\nHost: x\r\n\r\n'));
  expectProblem(answer, 400, 'COMMON_REQUEST_MALFORMED');
  expect(answer.json?.['detail']).toContain('%20');
  expectNoErrors(server.log());
});
