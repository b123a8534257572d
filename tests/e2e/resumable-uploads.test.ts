import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { sha256Of } from '../support/digest.ts';
import { guideBlock } from '../support/guide.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const mebibyte = 1_048_576;

const stack = new AsyncDisposableStack();
let folder: string;
let options: ServerOptions;
let server: ServerProcess;
let proxy: CuttingProxy;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  options = { dataDir: join(folder, 'data'), port: await freePort() };
  server = await startServerProcess(options);
  stack.defer(() => server[Symbol.asyncDispose]());
  proxy = stack.use(await startCuttingProxy(options.port));
});
afterAll(() => stack.disposeAsync());

/** Uploads by tus-js-client. */
async function begin(file: InstallerFile, filename: string, more: Partial<tus.UploadOptions> = {}) {
  const done = Promise.withResolvers<void>();
  const bytes = await readFile(file.path);
  const upload = new tus.Upload(bytes, {
    endpoint: `${proxy.url}/api/v1/uploads`,
    metadata: { filename, stage: 'Prod', sha256: file.sha256 },
    headers: { authorization: server.admin.authorization },
    // A server that is started again on a slow machine is away for minutes.
    retryDelays: Array.from({ length: 3_000 }, () => 100),
    onSuccess: () => done.resolve(),
    onError: (error) => done.reject(error),
    ...more,
  });
  upload.start();
  return { upload, done: done.promise };
}

const downloaded = async (name: string) => sha256Of(await server.admin.download(name));

test('the lines of the guide upload a file, cut it and go on', async () => {
  const file = await installerFile(join(folder, 'Installer.pkg'), 3 * mebibyte + 5, 'guide');
  const lines: string[] = [];
  for (const mark of ['create', 'send', 'resume']) lines.push(await guideBlock('docs/guides/uploads.md', mark, {}));
  const script = lines.join('\n').replaceAll('http://127.0.0.1:8080', server.url);
  const env = { PATH: process.env['PATH'] ?? '', ODST_PASSWORD: 'ods1234!' };
  const { stdout } = await run('bash', ['-ec', script], { cwd: folder, env });
  const [path, ...rest] = stdout.split('\n');
  expect(path).toMatch(/^\/api\/v1\/uploads\//);
  expect(JSON.parse(rest.join('\n'))).toMatchObject({ state: 'published', outcome: 'created', sha256: file.sha256 });
  expect(await downloaded('Installer.pkg')).toBe(file.sha256);
});

test('tus-js-client pauses, is cut, and goes on', async () => {
  const file = await installerFile(join(folder, 'Paused.pkg'), 24 * mebibyte, 'paused');
  proxy.cutAfter([mebibyte, 5 * mebibyte, 2 * mebibyte]);
  const before = proxy.cuts();
  const { upload, done } = await begin(file, 'Paused.pkg', { chunkSize: 7 * mebibyte });
  await eventually(() => proxy.cuts() === before + 3, 120_000);
  await upload.abort();
  upload.start();
  await done;
  expect(await downloaded('Paused.pkg')).toBe(file.sha256);
});

test('goes on with another credential of its account, and takes nothing from a page of another server', async () => {
  const bytes = Buffer.from('an upload of several credentials');
  const call = (method: string, path: string, headers: Record<string, string>, body?: string | Uint8Array<ArrayBuffer>) =>
    fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const admin = { authorization: server.admin.authorization };
  const json = { ...admin, 'content-type': 'application/json' };
  const issued = await call('POST', '/api/v1/tokens', json, JSON.stringify({ name: 'ci', role: 'uploader' }));
  const { id, token } = (await issued.json()) as { id: string; token: string };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const creation = {
    'tus-resumable': '1.0.0',
    'upload-length': String(bytes.length),
    'upload-metadata': `filename ${base64('Credentials.pkg')},stage ${base64('Prod')}`,
  };
  const created = await call('POST', '/api/v1/uploads', { ...creation, authorization: `Bearer ${token}` });
  const path = created.headers.get('location') ?? '';
  const append = (from: number, to: number, headers: Record<string, string>) =>
    call(
      'PATCH',
      path,
      {
        ...{ 'tus-resumable': '1.0.0', 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' },
        ...headers,
      },
      new Uint8Array(bytes.subarray(from, to)),
    );
  expect((await append(0, 5, { authorization: `Bearer ${token}` })).status).toBe(204);
  expect((await call('DELETE', `/api/v1/tokens/${id}`, admin)).status).toBe(204);
  expect((await append(5, 10, { authorization: `Bearer ${token}` })).status).toBe(401);

  const credentials = JSON.stringify({ username: 'admin', password: 'ods1234!' });
  const login = await call('POST', '/api/v1/session', { 'content-type': 'application/json' }, credentials);
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  for (const foreign of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }, {}]) {
    expect((await append(5, 10, { cookie, ...foreign })).status).toBe(403);
  }
  expect((await append(5, 10, { cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(204);
  expect((await append(10, bytes.length, admin)).status).toBe(204);
  expect(await (await server.admin.download('Credentials.pkg')).text()).toBe(bytes.toString());
});

test('replaces what was seen, and nothing that came meanwhile, whichever way it comes', async () => {
  const [first, theirs] = [
    await installerFile(join(folder, 'first'), 1_000, 'first'),
    await installerFile(join(folder, 'theirs'), 2_000, 'theirs'),
  ];
  const bytes = Buffer.from('what is to replace the first');
  expect((await server.admin.upload(first.path, 'Seen.pkg', 'Dev')).status).toBe(201);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const creation = {
    'upload-length': String(bytes.length),
    'upload-metadata': `filename ${base64('Seen.pkg')},stage ${base64('Dev')},replaces ${base64(first.sha256)}`,
  };
  const send = (method: string, path: string, headers: Record<string, string>, body: string) =>
    server.admin.send(path, { method, headers: { 'tus-resumable': '1.0.0', ...headers }, ...(body === '' ? {} : { body }) });
  const append = (path: string, offset: number, body: Buffer, headers: Record<string, string> = {}) => {
    const own = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
    return send('PATCH', path, { ...own, ...headers }, body.toString());
  };
  const paths: string[] = [];
  for (const _ of [1, 2]) {
    const path = (await send('POST', '/api/v1/uploads', creation, '')).headers.get('location') ?? '';
    expect((await append(path, 0, bytes.subarray(0, -1))).status).toBe(204);
    paths.push(path);
  }
  const [unseen = '', seen = ''] = paths;
  expect((await server.admin.upload(theirs.path, 'Seen.pkg', 'Dev', { replace: true })).status).toBe(201);
  const refused = await append(unseen, bytes.length - 1, bytes.subarray(-1));
  expect(refused.status).toBe(412);
  expect(await refused.json()).toMatchObject({
    code: 'CATALOG_HEAD_REPLACED',
    detail: expect.stringMatching(
      new RegExp(`has ${theirs.sha256}, replace by account:admin at server .* and not ${first.sha256}`),
    ),
  });
  expect((await server.admin.package('Seen.pkg')).sha256).toBe(theirs.sha256);
  expect(await (await server.admin.send(unseen)).json()).toMatchObject({ state: 'refused', refusal: { status: 412 } });
  const form = new FormData();
  for (const [name, value] of [['stage', 'Dev'] as const, ['replaces', first.sha256] as const]) form.append(name, value);
  form.append('file', new Blob([bytes]), 'Seen.pkg');
  const late = await server.admin.send('/api/admin/upload', { method: 'POST', body: form });
  expect([late.status, (await late.json()) as unknown]).toMatchObject([412, { code: 'CATALOG_HEAD_REPLACED' }]);
  // Whoever has looked at what came, and means that too, goes on with what was sent.
  expect((await append(seen, bytes.length - 1, bytes.subarray(-1), { 'odst-replaces': theirs.sha256 })).status).toBe(204);
  expect(await (await server.admin.send(seen)).json()).toMatchObject({ outcome: 'replaced', replaces: theirs.sha256 });
  expect(await (await server.admin.download('Seen.pkg')).text()).toBe(bytes.toString());
});

test('a server that is killed in the middle goes on with what it had acknowledged', async () => {
  const file = await installerFile(join(folder, 'Killed.pkg'), 48 * mebibyte, 'killed');
  const offsets: number[] = [];
  const heads: number[] = [];
  const sent = Promise.withResolvers<void>();
  const { done } = await begin(file, 'Killed.pkg', {
    chunkSize: 20 * mebibyte,
    onChunkComplete: (_size, accepted) => void offsets.push(accepted),
    onProgress: (bytes) => (bytes > 30 * mebibyte ? sent.resolve() : undefined),
    onAfterResponse: (request, response) => {
      if (request.getMethod() === 'HEAD') heads.push(Number(response.getHeader('Upload-Offset')));
    },
  });
  await sent.promise;
  await server.kill();
  server = await startServerProcess(options);
  await done;
  expect(await downloaded('Killed.pkg')).toBe(file.sha256);
  // The first part was acknowledged before: it was there after the crash.
  expect(heads[0]).toBeGreaterThanOrEqual(20 * mebibyte);
  expect(offsets.at(-1)).toBe(file.sizeBytes);
});
