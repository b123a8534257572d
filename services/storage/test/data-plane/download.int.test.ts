import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { OdstError } from '@odst/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGrants } from '../../src/app/grants.ts';
import { type DataPlaneFixture, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';

const bytes = randomBytes(2_500_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const etag = `"sha256-${sha256}"`;
const reprDigest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;

let plane: DataPlaneFixture;
beforeAll(async () => {
  plane = await startDataPlaneFixture();
  for (const name of ['tool.pkg', 'Größe 📦.pkg', `${'ü'.repeat(125)}.pkg`]) {
    expect((await uploadFile(plane.url, name, bytes)).status).toBe(201);
  }
});
afterAll(() => plane[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${plane.url}${path}`, { method, headers });
const bodyOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

test('serves a package whole, under both folders, with what proves it', async () => {
  for (const folder of ['/share', '/Packages']) {
    const answer = await get(`${folder}/tool.pkg`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(bytes.length),
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="tool.pkg"',
      'last-modified': 'Tue, 03 Feb 2026 04:05:06 GMT',
      'repr-digest': reprDigest,
      etag,
    });
    expect((await bodyOf(answer)).equals(bytes)).toBe(true);
  }
});

test('answers HEAD with the same header and no byte', async () => {
  const answer = await get('/Packages/tool.pkg', {}, 'HEAD');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-length')).toBe(String(bytes.length));
  expect(answer.headers.get('repr-digest')).toBe(reprDigest);
  expect(await bodyOf(answer)).toHaveLength(0);
  expect((await get('/Packages/tool.pkg', { range: 'bytes=0-9' }, 'HEAD')).status).toBe(200);
});

test('answers HEAD of a content to who has a grant, and to nobody else', async () => {
  const grant = createGrants(new Uint8Array(32), { now: () => new Date() }).issue('e'.repeat(32), sha256);
  const path = `/api/ods/v1/blobs/${sha256}`;
  const answer = await get(path, { authorization: `Grant ${grant}` }, 'HEAD');
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
  expect(await bodyOf(answer)).toHaveLength(0);
  expect((await get(path, {}, 'HEAD')).status).toBe(401);
});

test('serves single ranges', async () => {
  const answer = await get('/Packages/tool.pkg', { range: 'bytes=1000000-2000000' });
  expect(answer.status).toBe(206);
  expect(answer.headers.get('content-range')).toBe(`bytes 1000000-2000000/${bytes.length}`);
  expect(answer.headers.get('repr-digest')).toBe(reprDigest);
  expect((await bodyOf(answer)).equals(bytes.subarray(1_000_000, 2_000_001))).toBe(true);
  const tail = await get('/Packages/tool.pkg', { range: 'bytes=-7' });
  expect((await bodyOf(tail)).equals(bytes.subarray(-7))).toBe(true);
});

test('answers 416 with the size to a range beyond the end', async () => {
  const answer = await get('/Packages/tool.pkg', { range: `bytes=${bytes.length}-` });
  expect(answer.status).toBe(416);
  expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
  expect(((await answer.json()) as { code: string }).code).toBe('STORAGE_RANGE_UNSATISFIABLE');
});

test('serves the whole to several ranges at once, and to an If-Range of other bytes', async () => {
  expect((await get('/Packages/tool.pkg', { range: 'bytes=0-1,5-6' })).status).toBe(200);
  expect((await get('/Packages/tool.pkg', { range: 'bytes=0-1', 'if-range': '"sha256-other"' })).status).toBe(200);
  expect((await get('/Packages/tool.pkg', { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
});

test('answers 304 to who has it and 412 to who expects other bytes', async () => {
  const cached = await get('/Packages/tool.pkg', { 'if-none-match': etag });
  expect(cached.status).toBe(304);
  expect(cached.headers.get('etag')).toBe(etag);
  expect((await get('/Packages/tool.pkg', { 'if-match': '"sha256-other"', range: 'bytes=9999999-' })).status).toBe(412);
});

test('finds names with Unicode, spaces and up to 255 bytes, in any normal form', async () => {
  const composed = await get(`/share/${encodeURIComponent('Größe 📦.pkg'.normalize('NFD'))}`);
  expect(composed.status).toBe(200);
  expect(composed.headers.get('content-disposition')).toBe(
    `attachment; filename="Gr__e _.pkg"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%F0%9F%93%A6.pkg`,
  );
  expect((await get(`/Packages/${encodeURIComponent(`${'ü'.repeat(125)}.pkg`)}`)).status).toBe(200);
});

test('knows nothing of unknown names, folders and paths that lead elsewhere', async () => {
  for (const path of ['/Packages/unknown.pkg', '/Packages/', '/share/a/b.pkg', '/share/..%2F..%2Fetc%2Fpasswd', '/share/%00']) {
    const answer = await get(path);
    expect(answer.status, path).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  }
  const malformed = await rawGet('/share/%E0%A4%A');
  expect([400, 404]).toContain(malformed);
});

test('never serves a package whose bytes are not here', async () => {
  plane.storage.catalog.announce('announced.pkg', { sha256: 'f'.repeat(64), sizeBytes: 5 });
  const answer = await get('/Packages/announced.pkg');
  expect(answer.status).toBe(404);
  expect(((await answer.json()) as { code: string }).code).toBe('STORAGE_BLOB_UNKNOWN');
});

test('says so when the catalogue cannot be asked', async () => {
  plane.storage.catalog.setReachable(false);
  expect((await get('/Packages/tool.pkg')).status).toBe(503);
  plane.storage.catalog.setReachable(true);
  expect((await get('/Packages/tool.pkg')).status).toBe(200);
});

/** `fetch` mends paths before it sends them; this does not. */
function rawGet(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port: plane.port, path, host: '127.0.0.1' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('tells a peer whose clock is 10 minutes off this server’s signed time, as every other route for peers does', async () => {
  const skewed = new OdstError('REGISTRATION_CLOCK_SKEW', 'ten minutes apart', { signedTime: 'a signed time' });
  await using skewing = await startDataPlaneFixture({ trust: { verifyRequest: () => Promise.reject(skewed) } });
  const answer = await fetch(`${skewing.url}/api/ods/v1/blobs/${sha256}/manifest`);
  expect([answer.status, answer.headers.get('odst-time'), ((await answer.json()) as { code: string }).code]).toEqual([
    401,
    'a signed time',
    'REGISTRATION_CLOCK_SKEW',
  ]);
});
