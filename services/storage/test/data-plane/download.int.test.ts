import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { securityHeaders } from '@odst/http';
import { chunkSizeBytes, OdstError, serviceCaller } from '@odst/kernel';
import { eventually, manualClock } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stepOf } from '../../src/app/deps.ts';
import type { FetchPace } from '../../src/app/fetch/fetches.ts';
import { createGrants } from '../../src/app/grants.ts';
import { type BlobCommand, blobStream } from '../../src/domain/blob.ts';
import { type DataPlaneFixture, type DataPlaneOptions, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';

const bytes = randomBytes(2_500_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const etag = `"sha256-${sha256}"`;
const reprDigest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;

const sha1 = createHash('sha1').update(bytes).digest('base64');
const lastModified = 'Tue, 03 Feb 2026 04:05:06 GMT';
const clock = manualClock('2026-02-03T12:00:00Z');
const paces = new Map<string, FetchPace>();

let plane: DataPlaneFixture;
beforeAll(async () => {
  plane = await startDataPlaneFixture({ clock, fetches: { paceOf: (content) => paces.get(content) } });
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
      'last-modified': lastModified,
      date: 'Tue, 03 Feb 2026 12:00:00 GMT',
      'cache-control': 'no-cache',
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

test('ends what is sent under a grant, and refuses the next request, once its holder is no peer any more', async () => {
  const ends: (() => void)[] = [];
  let isPeer = true;
  const trustedPeers: DataPlaneOptions['trustedPeers'] = {
    async assertPeer() {
      if (!isPeer) throw new OdstError('STORAGE_GRANT_INVALID', 'no peer');
    },
    watch(_iss, end) {
      ends.push(end);
      return { [Symbol.dispose]: () => void ends.splice(ends.indexOf(end), 1) };
    },
  };
  await using open = await startDataPlaneFixture({ trustedPeers });
  const large = randomBytes(32 * 1_048_576);
  expect((await uploadFile(open.url, 'large.pkg', large)).status).toBe(201);
  const name = createHash('sha256').update(large).digest('hex');
  const grant = createGrants(new Uint8Array(32), { now: () => new Date() }).issue('e'.repeat(32), name);
  const headers = { authorization: `Grant ${grant}` };
  const answer = await fetch(`${open.url}/api/ods/v1/blobs/${name}`, { headers });
  expect(answer.status).toBe(200);
  // Nobody reads it, so it is under way.
  await eventually(async () => ends.length === 1);
  isPeer = false;
  for (const end of ends) end();
  await expect(answer.arrayBuffer()).rejects.toThrow();
  await eventually(async () => ends.length === 0);
  expect((await fetch(`${open.url}/api/ods/v1/blobs/${name}`, { headers })).status).toBe(401);
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
  const { 'keep-alive': _keepAlive, connection: _connection, ...told } = Object.fromEntries(cached.headers);
  expect(told).toEqual({
    etag,
    'last-modified': lastModified,
    date: 'Tue, 03 Feb 2026 12:00:00 GMT',
    'cache-control': 'no-cache',
    ...securityHeaders,
    // Pages elsewhere may have what is open to everybody.
    'cross-origin-resource-policy': 'cross-origin',
  });
  expect((await get('/Packages/tool.pkg', { 'if-none-match': etag, range: 'bytes=0-1' }, 'HEAD')).status).toBe(304);
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

test('answers 304 to the date that it gave out, and takes a range for the same content by it', async () => {
  const since = (date: string, method?: string) => get('/Packages/tool.pkg', { 'if-modified-since': date }, method);
  expect([(await since(lastModified)).status, (await since(lastModified, 'HEAD')).status]).toEqual([304, 304]);
  expect((await since('Tue, 03 Feb 2026 04:05:07 GMT', 'HEAD')).status).toBe(200);
  const range = (ifRange: string) => get('/Packages/tool.pkg', { range: 'bytes=0-1', 'if-range': ifRange });
  expect((await range(lastModified)).status).toBe(206);
  expect((await range('Tue, 03 Feb 2026 04:05:07 GMT')).status).toBe(200);
});

test('never gives out a date after the present one, nor one that other content may have', async () => {
  const { catalog } = plane.storage;
  const ahead = new Date('2026-02-03T12:10:00Z');
  const head = (headers = {}) => get('/share/tool.pkg', headers, 'HEAD');
  catalog.setDate({ at: ahead, isUnique: true });
  expect((await head()).headers.get('last-modified')).toBeNull();
  expect((await head({ 'if-modified-since': ahead.toUTCString() })).status).toBe(200);
  expect((await head({ 'if-unmodified-since': lastModified })).status).toBe(412);
  clock.set(ahead);
  expect((await head()).headers.get('last-modified')).toBe(ahead.toUTCString());
  expect((await head({ 'if-modified-since': ahead.toUTCString() })).status).toBe(304);
  catalog.setDate({ at: ahead, isUnique: false });
  expect((await head()).headers.get('last-modified')).toBeNull();
  expect((await head({ 'if-modified-since': ahead.toUTCString() })).status).toBe(200);
  clock.set('2026-02-03T12:00:00Z');
  catalog.setDate({ at: new Date(lastModified), isUnique: true });
});

test('tells the digest that is wanted, of the whole, with the whole and with a part', async () => {
  const want = { 'want-digest': 'SHA-256;q=1, SHA;q=0.5, MD5;q=0' };
  const digest = `SHA-256=${Buffer.from(sha256, 'hex').toString('base64')}`;
  for (const [headers, method] of [
    [want, 'GET'],
    [want, 'HEAD'],
    [{ ...want, range: 'bytes=5-9' }, 'GET'],
  ] as const) {
    const answer = await get('/Packages/tool.pkg', headers, method);
    expect([answer.headers.get('digest'), answer.headers.get('repr-digest')]).toEqual([digest, reprDigest]);
    await answer.arrayBuffer();
  }
  const old = await get('/Packages/tool.pkg', { 'want-digest': 'SHA', 'want-repr-digest': 'sha=10' }, 'HEAD');
  expect([old.headers.get('digest'), old.headers.get('repr-digest')]).toEqual([`SHA=${sha1}`, `sha=:${sha1}:`]);
  expect((await get('/Packages/tool.pkg', { 'want-digest': 'MD5' }, 'HEAD')).headers.get('digest')).toBeNull();
  expect((await get('/Packages/tool.pkg', { ...want, 'if-none-match': etag })).headers.get('digest')).toBeNull();
});

test('says what kind of file it is where the extension does', async () => {
  for (const [name, type] of [
    ['Disk.dmg', 'application/x-apple-diskimage'],
    ['Tools.zip', 'application/zip'],
  ] as const) {
    expect((await uploadFile(plane.url, name, bytes)).status).toBe(201);
    const answer = await get(`/share/${name}`, { range: 'bytes=0-0' });
    expect([answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual([type, 'nosniff']);
  }
});

test('never serves a package whose bytes are lost, and does not tell clients that there is none', async () => {
  plane.storage.catalog.announce('announced.pkg', { sha256: 'f'.repeat(64), sizeBytes: 5 });
  const answer = await get('/Packages/announced.pkg');
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '300']);
  expect(((await answer.json()) as { code: string }).code).toBe('STORAGE_BLOB_CORRUPT');
});

describe('a package that is on its way', () => {
  const onItsWay = 'e'.repeat(64);
  const sizeBytes = 10 * chunkSizeBytes;
  const ask = async (method = 'GET') => {
    plane.storage.catalog.announce('coming.pkg', { sha256: onItsWay, sizeBytes });
    plane.storage.catalog.await('coming.pkg', true);
    const answer = await get('/Packages/coming.pkg', { range: 'bytes=0-1' }, method);
    const text = await answer.text();
    const { code, detail } = (text === '' ? {} : JSON.parse(text)) as { code?: string; detail?: string };
    return {
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      etag: answer.headers.get('etag'),
      code,
      detail,
    };
  };

  test('is answered with 503, how far it is and when to ask again', async () => {
    paces.set(onItsWay, { verifiedBytes: 4 * chunkSizeBytes, bytesPerSecond: chunkSizeBytes / 4 });
    expect(await ask()).toEqual({
      status: 503,
      retryAfter: '24',
      etag: null,
      code: 'STORAGE_DOWNLOAD_PENDING',
      detail: 'coming.pkg is on its way from another server: 4,194,304 of 10,485,760 bytes are here. Ask again in 24 s',
    });
    expect(await ask('HEAD')).toMatchObject({ status: 503, retryAfter: '24', code: undefined });
  });

  test.each([
    ['slow', { verifiedBytes: chunkSizeBytes, bytesPerSecond: 1 }, '300'],
    ['fast', { verifiedBytes: chunkSizeBytes, bytesPerSecond: 1e9 }, '5'],
    ['not begun', { verifiedBytes: 0, bytesPerSecond: 0 }, '30'],
    ['here and about to be served', { verifiedBytes: sizeBytes, bytesPerSecond: 0 }, '5'],
  ])('is to be asked for within bounds when it is %s', async (_how, pace, seconds) => {
    paces.set(onItsWay, pace);
    expect((await ask()).retryAfter).toBe(seconds);
  });

  test('is told with what earlier tries left while nothing is fetched', async () => {
    paces.delete(onItsWay);
    expect((await ask()).detail).toContain('0 of 10,485,760 bytes are here; none come right now');
    const { streams, newId } = plane.storage.deps;
    const run = (command: BlobCommand) =>
      streams.blobs.run({
        stream: blobStream(onItsWay),
        command: () => command,
        metadata: stepOf(serviceCaller('storage', newId()), newId(), 'x'),
      });
    await run({ type: 'StartFetch', blob: onItsWay, sizeBytes, manifestDigest: 'd'.repeat(64), source: 'peer' });
    await run({ type: 'VerifyChunks', blob: onItsWay, chunks: [0, 3], source: 'peer' });
    expect(await ask()).toMatchObject({ retryAfter: '30', detail: expect.stringContaining('2,097,152 of 10,485,760') });
  });
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
