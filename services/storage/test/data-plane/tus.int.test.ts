import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { stages } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sweep } from '../../src/app/sweep.ts';
import { type DataPlaneFixture, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';
import { checksumOf, hexOf, metadataOf, tusClient } from './tus-client.ts';

const mebibyte = 1_048_576;
let plane: DataPlaneFixture;
const client = tusClient(() => plane.url);
beforeAll(async () => {
  plane = await startDataPlaneFixture();
});
afterAll(() => plane[Symbol.asyncDispose]());
afterEach(async () => {
  plane.allowStages(stages);
  plane.actAs('admin');
  plane.storage.catalog.setReachable(true);
  plane.storage.setAvailableBytes(50 * 1024 * mebibyte);
  await eventually(() => plane.resumableUploads.live.size === 0);
  expect(plane.storage.freeSlots()).toBe(8);
});

const codeOf = async (answer: Response) => {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
  const { status, code } = (await answer.json()) as { status: number; code: string };
  expect(status).toBe(answer.status);
  return [status, code];
};
const aim = (filename: string, more: Record<string, string> = {}) => ({ filename, stage: 'Prod', ...more });
/** The staging files of one upload, or of all. */
const staged = async (path = '') => {
  const id = path.slice(path.lastIndexOf('/') + 1);
  return (await plane.storage.files()).staging.filter((name) => name.endsWith(id));
};

/** A PATCH by hand, of which only a part of the body comes. */
async function beginPatch(
  path: string,
  offset: number,
  length: number,
  bytes: Uint8Array,
  port: number = plane.port,
): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = [
    `PATCH ${path} HTTP/1.1`,
    'Host: x',
    'Tus-Resumable: 1.0.0',
    `Upload-Offset: ${offset}`,
    'Content-Type: application/offset+octet-stream',
    `Content-Length: ${length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  return socket;
}

describe('a resumable upload', () => {
  test('comes in several requests and is a package with the last byte', async () => {
    const bytes = randomBytes(3 * mebibyte + 77);
    const created = await client.create(bytes.length, aim('parts.pkg', { other: 'ignored' }));
    expect(created.status).toBe(201);
    const path = created.headers.get('location') ?? '';
    expect(path).toMatch(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/);
    expect(created.headers.get('access-control-allow-origin')).toBeNull();
    expect(new Date(created.headers.get('upload-expires') ?? '').getTime()).toBeGreaterThan(Date.now() + 80_000_000);
    for (const [from, to] of [
      [0, 100],
      [100, 100],
      [100, mebibyte + 5],
      [mebibyte + 5, 2 * mebibyte],
      [2 * mebibyte, bytes.length],
    ] as const) {
      const answer = await client.append(path, from, bytes.subarray(from, to));
      expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, String(to)]);
      const head = await client.head(path);
      expect([head.status, head.headers.get('upload-offset')]).toEqual([200, String(to)]);
      expect(head.headers.get('upload-length')).toBe(String(bytes.length));
      expect(head.headers.get('upload-metadata')).toBe(metadataOf(aim('parts.pkg', { other: 'ignored' })));
      expect(head.headers.get('cache-control')).toBe('no-store');
    }
    const sha256 = hexOf('sha256', bytes);
    expect(await client.read(path)).toMatchObject({
      ...{ state: 'published', outcome: 'created', sha256, sha1: hexOf('sha1', bytes), refusal: null, expiresAt: null },
      ...{ sizeBytes: bytes.length, offsetBytes: bytes.length, filename: 'parts.pkg', stage: 'Prod', replace: false },
    });
    expect(plane.storage.catalog.packages.get('parts.pkg')?.sha256).toBe(sha256);
    const held = await plane.storage.deps.blobIndex.find(sha256);
    expect(held?.manifestDigest).not.toBe('');
    expect(await staged()).toEqual([]);
    const types = await plane.storage.eventTypes();
    expect(types.slice(-5)).toEqual(['UploadStarted', 'UploadCompleted', 'ChunkVerified', 'BlobVerified', 'UploadAccepted']);
  });

  test('begins with bytes, all of them too', async () => {
    const bytes = randomBytes(5_000);
    const part = await client.create(bytes.length, aim('with.pkg'), {}, bytes.subarray(0, 1_000));
    expect([part.status, part.headers.get('upload-offset')]).toEqual([201, '1000']);
    expect((await client.append(part.headers.get('location') ?? '', 1_000, bytes.subarray(1_000))).status).toBe(204);
    const whole = await client.create(bytes.length, aim('with-all.pkg'), {}, bytes);
    expect([whole.status, whole.headers.get('upload-offset')]).toEqual([201, '5000']);
    expect(plane.storage.catalog.packages.get('with-all.pkg')?.sha256).toBe(hexOf('sha256', bytes));
  });

  test('says what it became: replaced, unchanged', async () => {
    await uploadFile(plane.url, 'again.pkg', randomBytes(10));
    const bytes = randomBytes(11);
    const outcomes: unknown[] = [];
    for (const more of [{ replace: 'true' }, {}]) {
      const path = await client.begin(bytes.length, aim('again.pkg', more));
      await client.append(path, 0, bytes);
      outcomes.push((await client.read(path))['outcome']);
    }
    expect(outcomes).toEqual(['replaced', 'unchanged']);
  });

  test('tells what is known here of tus', async () => {
    const answer = await fetch(`${plane.url}/api/v1/uploads`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'tus-version': '1.0.0',
      'tus-max-size': String(64 * mebibyte),
      'tus-extension': 'creation,creation-with-upload,checksum,expiration,termination',
      'tus-checksum-algorithm': 'sha1,sha256',
    });
  });
});

describe('a cut connection', () => {
  test('loses nothing that came, and is free again at once', async () => {
    const bytes = randomBytes(2 * mebibyte);
    const path = await client.begin(bytes.length, aim('cut.pkg'));
    const socket = await beginPatch(path, 0, bytes.length, bytes.subarray(0, 700_001));
    const closed = once(socket.resume(), 'close');
    socket.end();
    await closed;
    await eventually(() => plane.resumableUploads.live.size === 0);
    expect(await client.offset(path)).toBe(700_001);
    expect((await client.append(path, 700_001, bytes.subarray(700_001))).status).toBe(204);
    expect(plane.storage.catalog.packages.get('cut.pkg')?.sha256).toBe(hexOf('sha256', bytes));
  });

  test('that nobody noticed is ended by the next request', async () => {
    const bytes = randomBytes(200_000);
    const path = await client.begin(bytes.length, aim('silent.pkg'));
    const socket = await beginPatch(path, 0, bytes.length, bytes.subarray(0, 100_000));
    await eventually(() => plane.resumableUploads.live.size === 1);
    const closed = once(socket, 'close');
    const offset = await client.offset(path);
    await closed;
    expect(offset).toBeLessThanOrEqual(100_000);
    expect((await client.append(path, offset, bytes.subarray(offset))).status).toBe(204);
    expect(plane.storage.catalog.packages.get('silent.pkg')?.sha256).toBe(hexOf('sha256', bytes));
  });

  test('counts among the uploads that are read at once, until another of the same upload ends it', async () => {
    await using own = await startDataPlaneFixture({ uploadsAtOnce: 1 });
    const there = tusClient(() => own.url);
    const bytes = randomBytes(100_000);
    const path = await there.begin(bytes.length, aim('counted.pkg'));
    const other = await there.begin(bytes.length, aim('other.pkg'));
    const socket = await beginPatch(path, 0, bytes.length, bytes.subarray(0, 50_000), own.port);
    await eventually(() => own.resumableUploads.live.size === 1);
    const closed = once(socket, 'close');
    const busy = await there.append(other, 0, bytes.subarray(0, 1));
    expect([await codeOf(busy), busy.headers.get('retry-after')]).toEqual([[503, 'STORAGE_UPLOADS_BUSY'], '10']);
    expect((await uploadFile(own.url, 'form.pkg', bytes)).status).toBe(503);
    const offset = await there.offset(path);
    await closed;
    expect((await there.append(path, offset, bytes.subarray(offset))).status).toBe(204);
  });

  test('with another PATCH at once makes no wrong package', async () => {
    const bytes = randomBytes(3 * mebibyte);
    const path = await client.begin(bytes.length, aim('both.pkg'));
    const answers = await Promise.allSettled([client.append(path, 0, bytes), client.append(path, 0, bytes)]);
    const statuses = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.status : 'cut'));
    for (const status of statuses) expect(['cut', 204, 409]).toContain(status);
    for (let offset = await client.offset(path); offset < bytes.length; offset = await client.offset(path)) {
      expect((await client.append(path, offset, bytes.subarray(offset))).status).toBe(204);
    }
    expect(plane.storage.catalog.packages.get('both.pkg')?.sha256).toBe(hexOf('sha256', bytes));
  });
});

describe('the bytes of a request', () => {
  const bytes = randomBytes(300_000);
  let path: string;
  const begin = async (name: string) => {
    path = await client.begin(bytes.length, aim(name));
  };

  test.each(['sha1', 'sha256'] as const)('count only with their checksum (%s)', async (algorithm) => {
    await begin(`checked-${algorithm}.pkg`);
    const right = { 'upload-checksum': checksumOf(algorithm, bytes.subarray(0, 100_000)) };
    expect(await codeOf(await client.append(path, 0, randomBytes(100_000), right))).toEqual([
      460,
      'STORAGE_UPLOAD_CHECKSUM_MISMATCH',
    ]);
    expect(await client.offset(path)).toBe(0);
    expect((await client.append(path, 0, bytes.subarray(0, 100_000), right)).status).toBe(204);
    const digest = { 'content-digest': `sha-256=:${checksumOf('sha256', bytes.subarray(100_000)).slice(7)}:` };
    expect(await codeOf(await client.append(path, 100_000, randomBytes(200_000), digest))).toEqual([
      422,
      'STORAGE_UPLOAD_DIGEST_MISMATCH',
    ]);
    expect(await client.offset(path)).toBe(100_000);
    expect((await client.append(path, 100_000, bytes.subarray(100_000), digest)).status).toBe(204);
    expect(plane.storage.catalog.packages.get(`checked-${algorithm}.pkg`)?.sha256).toBe(hexOf('sha256', bytes));
  });

  test('with a checksum count not at all when they are cut', async () => {
    await begin('checked-cut.pkg');
    const socket = connect(plane.port, '127.0.0.1');
    await once(socket, 'connect');
    const checksum = checksumOf('sha256', bytes);
    socket.end(
      `PATCH ${path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nUpload-Checksum: ${checksum}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n${'x'.repeat(1_000)}`,
    );
    await once(socket.resume(), 'close');
    expect(await client.offset(path)).toBe(0);
    expect((await client.append(path, 0, bytes)).status).toBe(204);
  });

  test('are no more than are left', async () => {
    await begin('long.pkg');
    const longer = Buffer.concat([bytes, bytes]);
    expect(await codeOf(await client.append(path, 0, longer))).toEqual([413, 'STORAGE_UPLOAD_BODY_TOO_LONG']);
    expect(await client.offset(path)).toBe(0);
    const chunked = await fetch(`${plane.url}${path}`, {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: new Blob([new Uint8Array(longer)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(await codeOf(chunked)).toEqual([413, 'STORAGE_UPLOAD_BODY_TOO_LONG']);
    const offset = await client.offset(path);
    expect(offset).toBeLessThan(bytes.length);
    expect((await client.append(path, offset, bytes.subarray(offset))).status).toBe(204);
    expect(plane.storage.catalog.packages.get('long.pkg')?.sha256).toBe(hexOf('sha256', bytes));
  });

  test.each([
    ['another offset', { 'upload-offset': '5' }, 409, 'STORAGE_UPLOAD_OFFSET_WRONG'],
    ['no offset', { 'upload-offset': '' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['two offsets', { 'upload-offset': '0, 0' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['another type', { 'content-type': 'application/octet-stream' }, 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED'],
    ['another checksum', { 'upload-checksum': 'md5 1B2M2Y8AsgTpgAmY7PhCfg==' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['a short checksum', { 'upload-checksum': 'sha256 AAAA' }, 400, 'COMMON_REQUEST_MALFORMED'],
  ])('are refused with %s', async (_what, headers, status, code) => {
    await begin('headers.pkg');
    expect(await codeOf(await client.append(path, 0, bytes, headers as Record<string, string>))).toEqual([status, code]);
    expect(await client.offset(path)).toBe(0);
    await client.send('DELETE', path, {});
  });
});

describe('who may', () => {
  const bytes = randomBytes(100);

  test('go on with an upload: its account alone, with any credential', async () => {
    plane.actAs('eva');
    const path = await client.begin(bytes.length, aim('eva.pkg'));
    plane.allowStages(undefined);
    expect(await codeOf(await client.append(path, 0, bytes.subarray(0, 50)))).toEqual([401, 'COMMON_LOGIN_REQUIRED']);
    plane.allowStages(['Dev']);
    expect(await codeOf(await client.append(path, 0, bytes.subarray(0, 50)))).toEqual([403, 'COMMON_ACCESS_DENIED']);
    plane.allowStages(stages);
    for (const [who, role] of [
      ['otto', 'uploader'],
      ['root', 'admin'],
    ] as const) {
      plane.actAs(who, role);
      expect(await codeOf(await client.append(path, 0, bytes))).toEqual([404, 'STORAGE_UPLOAD_UNKNOWN']);
    }
    plane.actAs('otto');
    for (const method of ['HEAD', 'DELETE', 'GET']) expect((await client.send(method, path, {})).status).toBe(404);
    const list = async () => (await client.read('/api/v1/uploads'))['items'] as { filename: string }[];
    expect(await list()).toEqual([]);
    plane.actAs('root', 'admin');
    expect((await list()).map(({ filename }) => filename)).toContain('eva.pkg');
    expect((await client.read('/api/v1/uploads?own=true'))['items']).toEqual([]);
    expect((await client.head(path)).status).toBe(200);
    plane.actAs('eva');
    expect((await client.append(path, 0, bytes)).status).toBe(204);
    expect((await list()).map(({ filename }) => filename)).toEqual(['eva.pkg']);
  });

  test('begin one only for a stage of its right', async () => {
    plane.allowStages(['Dev']);
    expect(await codeOf(await client.create(10, aim('no.pkg')))).toEqual([403, 'COMMON_ACCESS_DENIED']);
  });

  test('list them, newest first, page by page', async () => {
    plane.actAs('lister');
    const names = ['one.pkg', 'two.pkg', 'three.pkg'];
    for (const name of names) await client.begin(10, aim(name));
    const first = await client.read('/api/v1/uploads?limit=2');
    const second = await client.read(`/api/v1/uploads?limit=2&after=${first['next'] as string}`);
    const found = [first, second].flatMap(({ items }) => (items as { filename: string }[]).map(({ filename }) => filename));
    expect(found).toEqual(names.toReversed());
    expect(second['next']).toBeNull();
    expect((await client.read('/api/v1/uploads?limit=1'))['items']).toMatchObject([
      { filename: 'three.pkg', owner: 'lister', metadata: expect.stringContaining('filename ') },
    ]);
  });

  test('leave those out that ended', async () => {
    plane.actAs('tidy');
    const given = await client.begin(10, aim('given.pkg'));
    await client.begin(10, aim('kept.pkg'));
    expect((await client.send('DELETE', given, {})).status).toBe(204);
    const published = await client.begin(bytes.length, aim('whole.pkg'));
    expect((await client.append(published, 0, bytes)).status).toBe(204);
    expect((await client.read('/api/v1/uploads?unfinished=true'))['items']).toMatchObject([{ filename: 'kept.pkg' }]);
  });
});

describe('an end', () => {
  test('by DELETE leaves nothing, and is for good', async () => {
    const path = await client.begin(1_000, aim('given-up.pkg'));
    await client.append(path, 0, randomBytes(10));
    expect((await client.send('DELETE', path, {})).status).toBe(204);
    expect((await client.send('DELETE', path, {})).status).toBe(204);
    expect(await codeOf(await client.append(path, 10, randomBytes(10)))).toEqual([410, 'STORAGE_UPLOAD_TERMINATED']);
    expect((await client.head(path)).status).toBe(410);
    expect((await plane.storage.eventTypes()).at(-1)).toBe('UploadAborted');
    expect(await staged(path)).toEqual([]);
  });

  test('of a package is not by DELETE', async () => {
    const bytes = randomBytes(20);
    const path = await client.begin(bytes.length, aim('kept.pkg'));
    await client.append(path, 0, bytes);
    expect(await codeOf(await client.send('DELETE', path, {}))).toEqual([422, 'STORAGE_UPLOAD_FINISHED']);
    expect(plane.storage.catalog.packages.has('kept.pkg')).toBe(true);
  });

  test('comes a day after the last byte, and removes the bytes', async () => {
    await using own = await startDataPlaneFixture();
    const there = tusClient(() => own.url);
    const path = await there.begin(1_000, aim('late.pkg'));
    own.storage.passTime(23 * 3_600_000);
    expect((await there.append(path, 0, randomBytes(10))).status).toBe(204);
    own.storage.passTime(23 * 3_600_000);
    const alone = async () => {
      await own.resumableUploads.tidy();
      await sweep(own.storage.deps, { uploads: own.resumableUploads.live, fetches: new Set() });
    };
    await alone();
    expect(await there.offset(path)).toBe(10);
    own.storage.passTime(2 * 3_600_000);
    for (const _time of [1, 2]) {
      expect(await codeOf(await there.append(path, 10, randomBytes(10)))).toEqual([410, 'STORAGE_UPLOAD_EXPIRED']);
      expect(await there.read(path)).toMatchObject({ state: 'refused', refusal: { code: 'STORAGE_UPLOAD_EXPIRED' } });
      await alone();
    }
    expect(await own.storage.files()).toEqual({ blobs: [], staging: [] });
    own.storage.passTime(8 * 86_400_000);
    await alone();
    expect((await there.head(path)).status).toBe(404);
  });
});

describe('the catalogue', () => {
  test('out of reach leaves the last byte open, which finishes it later', async () => {
    const bytes = randomBytes(50_000);
    const path = await client.begin(bytes.length, aim('undecided.pkg'));
    plane.storage.catalog.setReachable(false);
    expect(await codeOf(await client.append(path, 0, bytes))).toEqual([503, 'COMMON_SERVICE_UNAVAILABLE']);
    expect(await client.offset(path)).toBe(bytes.length - 1);
    expect(await client.read(path)).toMatchObject({ state: 'verifying', outcome: null });
    expect(await codeOf(await client.append(path, bytes.length - 1, bytes.subarray(-1)))).toEqual([
      503,
      'COMMON_SERVICE_UNAVAILABLE',
    ]);
    plane.storage.catalog.setReachable(true);
    expect((await client.append(path, bytes.length - 1, bytes.subarray(-1))).status).toBe(204);
    expect(await client.offset(path)).toBe(bytes.length);
    expect(plane.storage.catalog.packages.get('undecided.pkg')?.sha256).toBe(hexOf('sha256', bytes));
  });

  test('that decides later is waited for by the sweep', async () => {
    const bytes = randomBytes(50_000);
    const path = await client.begin(bytes.length, aim('swept.pkg'));
    plane.storage.catalog.setReachable(false);
    await client.append(path, 0, bytes);
    plane.storage.catalog.setReachable(true);
    await sweep(plane.storage.deps, { uploads: plane.resumableUploads.live, fetches: new Set() });
    expect(await client.offset(path)).toBe(bytes.length);
    expect(await client.read(path)).toMatchObject({ state: 'published', outcome: 'created' });
  });
});
