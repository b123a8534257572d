import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { stages } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeManifest } from '../../src/domain/manifest.ts';
import { type DataPlaneFixture, formOf, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';

const mebibyte = 1_048_576;
const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return (await response.json()) as { code: string; status: number; detail: string };
};

let plane: DataPlaneFixture;
beforeAll(async () => {
  plane = await startDataPlaneFixture();
});
afterAll(() => plane[Symbol.asyncDispose]());
afterEach(async () => {
  plane.allowStages(stages);
  plane.storage.setAvailableBytes(50 * 1024 * mebibyte);
  await eventually(() => plane.live.size === 0);
  expect((await plane.storage.files()).staging).toEqual([]);
  expect(plane.storage.freeSlots()).toBe(8);
});

const post = (form: FormData, path = '/api/admin/upload') => fetch(`${plane.url}${path}`, { method: 'POST', body: form });

describe('an upload', () => {
  test('answers 201 with name and SHA-1, and keeps the bytes with their manifest', async () => {
    const bytes = randomBytes(3 * mebibyte + 5);
    const answer = await uploadFile(plane.url, 'first.pkg', bytes);
    expect(answer.status).toBe(201);
    const sha256 = hash('sha256', bytes);
    expect(await answer.json()).toEqual({ filename: 'first.pkg', sha1: hash('sha1', bytes), sha256, outcome: 'created' });
    const held = await plane.storage.deps.blobIndex.find(sha256);
    expect(held).toMatchObject({ sha256, sha1: hash('sha1', bytes), sizeBytes: bytes.length });
    const manifest = await plane.storage.deps.manifests.load(held?.manifestDigest ?? '');
    expect(hash('sha256', manifest ?? new Uint8Array())).toBe(held?.manifestDigest);
    const { chunkSha1s, chunkSha256s } = decodeManifest(manifest ?? new Uint8Array());
    const last = bytes.subarray(3 * mebibyte);
    expect(Buffer.from(chunkSha1s.subarray(60)).toString('hex')).toBe(hash('sha1', last));
    expect(Buffer.from(chunkSha256s.subarray(96)).toString('hex')).toBe(hash('sha256', last));
    expect((await plane.storage.eventTypes()).slice(-5)).toEqual([
      'UploadStarted',
      'UploadCompleted',
      'ChunkVerified',
      'BlobVerified',
      'UploadAccepted',
    ]);
  });

  test('takes the stage after the file, at both paths', async () => {
    const bytes = randomBytes(10);
    const answer = await post(formOf(['file', { name: 'late-stage.pkg', bytes }], ['stage', 'Test']), '/api/admin/packages');
    expect(answer.status).toBe(201);
    expect(plane.storage.catalog.packages.get('late-stage.pkg')?.stage).toBe('Test');
  });

  test('stores the same bytes once, whatever their names', async () => {
    const bytes = randomBytes(2 * mebibyte);
    const before = (await plane.storage.files()).blobs.length;
    for (const name of ['same.pkg', 'same.pkg', 'other-name.dmg'])
      expect((await uploadFile(plane.url, name, bytes)).status).toBe(201);
    expect((await plane.storage.files()).blobs).toHaveLength(before + 1);
  });

  test('keeps Unicode and spaces of names, in NFC', async () => {
    const answer = await uploadFile(plane.url, 'Gro\u0308ße 📦 v1.pkg', randomBytes(5));
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ filename: 'Größe 📦 v1.pkg' });
  });

  test('takes two of one name at once: one wins, the other is told, and its bytes go', async () => {
    const [a, b] = [randomBytes(mebibyte), randomBytes(mebibyte)];
    const answers = await Promise.all([uploadFile(plane.url, 'race.pkg', a), uploadFile(plane.url, 'race.pkg', b)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const winner = answers[0]?.status === 201 ? a : b;
    const loser = winner === a ? b : a;
    const { blobs } = await plane.storage.files();
    expect(blobs).toContain(hash('sha256', winner));
    expect(blobs).not.toContain(hash('sha256', loser));
  });

  test('replaces other bytes only when asked to', async () => {
    await uploadFile(plane.url, 'replaced.pkg', randomBytes(20));
    const refused = await uploadFile(plane.url, 'replaced.pkg', randomBytes(21));
    expect(refused.status).toBe(409);
    expect((await problemOf(refused)).code).toBe('CATALOG_FILENAME_TAKEN');
    expect((await uploadFile(plane.url, 'replaced.pkg', randomBytes(21), 'Prod', { replace: 'true' })).status).toBe(201);
  });

  test('refused by the catalogue keeps bytes that another package has', async () => {
    const shared = randomBytes(33);
    await uploadFile(plane.url, 'shared.pkg', shared);
    await uploadFile(plane.url, 'taken.pkg', randomBytes(12));
    expect((await uploadFile(plane.url, 'taken.pkg', shared)).status).toBe(409);
    expect((await plane.storage.files()).blobs).toContain(hash('sha256', shared));
  });
});

describe('bad input', () => {
  const cases: readonly [string, () => FormData, number, string][] = [
    ['no file', () => formOf(['stage', 'Prod']), 422, 'STORAGE_UPLOAD_FILE_MISSING'],
    ['no stage', () => formOf(['file', { name: 'a.pkg', bytes: randomBytes(3) }]), 422, 'STORAGE_UPLOAD_STAGE_MISSING'],
    ['nothing', () => formOf(['comment', 'hello']), 422, 'STORAGE_UPLOAD_FILE_MISSING'],
    [
      'an unknown stage',
      () => formOf(['stage', 'prod'], ['file', { name: 'a.pkg', bytes: randomBytes(3) }]),
      422,
      'CATALOG_STAGE_UNKNOWN',
    ],
    [
      'an unknown stage after the file',
      () => formOf(['file', { name: 'a.pkg', bytes: randomBytes(3) }], ['stage', 'Beta']),
      422,
      'CATALOG_STAGE_UNKNOWN',
    ],
    [
      'an extension that is not allowed',
      () => formOf(['stage', 'Prod'], ['file', { name: 'a.exe', bytes: randomBytes(3) }]),
      422,
      'CATALOG_FILENAME_INVALID',
    ],
    [
      'a path for a name',
      () => formOf(['stage', 'Prod'], ['file', { name: '../../etc/a.pkg', bytes: randomBytes(3) }]),
      422,
      'CATALOG_FILENAME_INVALID',
    ],
    [
      'a Windows path for a name',
      () => formOf(['stage', 'Prod'], ['file', { name: 'C:\\a.pkg', bytes: randomBytes(3) }]),
      422,
      'CATALOG_FILENAME_INVALID',
    ],
    [
      'a name of 300 bytes',
      () => formOf(['stage', 'Prod'], ['file', { name: `${'n'.repeat(296)}.pkg`, bytes: randomBytes(3) }]),
      422,
      'CATALOG_FILENAME_INVALID',
    ],
    [
      'an empty file',
      () => formOf(['stage', 'Prod'], ['file', { name: 'a.pkg', bytes: new Uint8Array() }]),
      422,
      'STORAGE_UPLOAD_EMPTY',
    ],
    [
      'two files',
      () =>
        formOf(
          ['stage', 'Prod'],
          ['file', { name: 'a.pkg', bytes: randomBytes(3) }],
          ['file', { name: 'b.pkg', bytes: randomBytes(3) }],
        ),
      422,
      'COMMON_REQUEST_INVALID',
    ],
    [
      'a file in another field',
      () => formOf(['stage', 'Prod'], ['icon', { name: 'a.pkg', bytes: randomBytes(3) }]),
      422,
      'COMMON_REQUEST_INVALID',
    ],
    [
      'two stages',
      () => formOf(['stage', 'Prod'], ['stage', 'Test'], ['file', { name: 'a.pkg', bytes: randomBytes(3) }]),
      422,
      'COMMON_REQUEST_INVALID',
    ],
    [
      'a replace that is neither true nor false',
      () => formOf(['stage', 'Prod'], ['replace', 'maybe'], ['file', { name: 'a.pkg', bytes: randomBytes(3) }]),
      422,
      'COMMON_REQUEST_INVALID',
    ],
  ];
  test.each(cases)('refuses %s', async (_what, form, status, code) => {
    const before = (await plane.storage.files()).blobs;
    const answer = await post(form());
    expect(answer.status).toBe(status);
    expect((await problemOf(answer)).code).toBe(code);
    expect((await plane.storage.files()).blobs).toEqual(before);
  });

  test('refuses other content types', async () => {
    for (const type of [
      'application/json',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'multipart/mixed; boundary=x',
    ]) {
      const answer = await fetch(`${plane.url}/api/admin/upload`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{}',
      });
      expect(answer.status, type).toBe(415);
    }
  });

  test('refuses a form without a boundary and one that is no form', async () => {
    const headers = { 'content-type': 'multipart/form-data' };
    expect((await fetch(`${plane.url}/api/admin/upload`, { method: 'POST', headers, body: 'x' })).status).toBe(400);
    const bounded = { 'content-type': 'multipart/form-data; boundary=abc' };
    const answer = await fetch(`${plane.url}/api/admin/upload`, { method: 'POST', headers: bounded, body: 'no form at all' });
    expect(answer.status).toBe(400);
  });

  test('refuses a form that ends before its end, and keeps nothing', async () => {
    const body = `--abc\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--abc\r\nContent-Disposition: form-data; name="file"; filename="cut.pkg"\r\n\r\n${'x'.repeat(5_000)}`;
    const headers = { 'content-type': 'multipart/form-data; boundary=abc' };
    const answer = await fetch(`${plane.url}/api/admin/upload`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect((await problemOf(answer)).code).toBe('STORAGE_UPLOAD_TRUNCATED');
    expect((await plane.storage.eventTypes()).at(-1)).toBe('UploadAborted');
  });

  test('refuses without a login', async () => {
    plane.allowStages(undefined);
    const nobody = await uploadFile(plane.url, 'a.pkg', randomBytes(3));
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toContain('Basic');
  });
});

describe('an upload by somebody who may upload to Dev only', () => {
  beforeEach(() => plane.allowStages(['Dev']));
  const file = () => ['file', { name: 'dev-only.pkg', bytes: randomBytes(3 * mebibyte) }] as const;

  test('is taken into Dev, whichever comes first, and asked about once', async () => {
    const before = plane.authorizations();
    expect((await post(formOf(['stage', 'Dev'], file()))).status).toBe(201);
    expect((await post(formOf(file(), ['stage', 'Dev'], ['replace', 'true']))).status).toBe(201);
    expect(plane.authorizations()).toBe(before + 2);
  });

  test.each([
    ['before a byte of the file is taken where the stage comes first', () => formOf(['stage', 'Prod'], file()), []],
    [
      'after the file where the stage comes last, and nothing is published',
      () => formOf(file(), ['stage', 'Prod']),
      ['UploadStarted', 'UploadAborted'],
    ],
  ] as const)('is refused for Prod %s', async (_how, form, events) => {
    const before = { files: await plane.storage.files(), events: (await plane.storage.eventTypes()).length };
    const packages = new Map(plane.storage.catalog.packages);
    const answer = await post(form());
    expect(answer.status).toBe(403);
    expect(await problemOf(answer)).toMatchObject({
      code: 'COMMON_ACCESS_DENIED',
      detail: expect.stringContaining('not for Prod'),
    });
    await eventually(() => plane.live.size === 0);
    expect((await plane.storage.eventTypes()).slice(before.events)).toEqual(events);
    expect(await plane.storage.files()).toEqual(before.files);
    expect(plane.storage.catalog.packages).toEqual(packages);
  });
});

test('what happens to an account during an upload does not end it', async () => {
  const form = Buffer.from(
    '--abc\r\nContent-Disposition: form-data; name="file"; filename="let-in.pkg"\r\n\r\nbytes\r\n--abc\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--abc--\r\n',
  );
  const socket = connect(plane.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece;
  });
  const closed = once(socket, 'close');
  socket.write(
    `POST /api/admin/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=abc\r\nContent-Length: ${form.length}\r\n\r\n`,
  );
  socket.write(form.subarray(0, 90));
  await eventually(() => plane.live.size === 1);
  plane.allowStages(undefined);
  socket.write(form.subarray(90));
  await closed;
  expect(answer).toMatch(/^HTTP\/1.1 201 /);
});

describe('limits', () => {
  test('refuses a declared size above the limit before the first byte', async () => {
    const answer = await exchange(plane.port, [
      'POST /api/admin/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=abc\r\nContent-Length: 99999999999\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('STORAGE_UPLOAD_TOO_LARGE');
  });

  test('tells a client that waits for 100 at once, without its body', async () => {
    plane.allowStages(undefined);
    const head =
      'POST /api/admin/upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: multipart/form-data; boundary=abc\r\nContent-Length: 1000000\r\n\r\n';
    const answer = await exchange(plane.port, [head]);
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(answer).not.toContain('100 Continue');
  });

  test('lets a client that waits for 100 go on', async () => {
    const body =
      '--abc\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--abc\r\nContent-Disposition: form-data; name="file"; filename="expect.pkg"\r\n\r\nbytes\r\n--abc--\r\n';
    const head = `POST /api/admin/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: multipart/form-data; boundary=abc\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await exchange(plane.port, [head, body]);
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 /);
  });

  test('refuses a file that grows above the limit, though no size was declared', async () => {
    await using small = await startDataPlaneFixture({ maxUploadBytes: 2 * mebibyte });
    const form = formOf(['stage', 'Prod'], ['file', { name: 'big.pkg', bytes: randomBytes(2 * mebibyte + 1) }]);
    const { body, headers } = new Response(form);
    const answer = await fetch(`${small.url}/api/admin/upload`, {
      method: 'POST',
      body,
      headers: { 'content-type': headers.get('content-type') ?? '' },
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(413);
    expect(await small.storage.files()).toEqual({ blobs: [], staging: [] });
    expect((await uploadFile(small.url, 'fits.pkg', randomBytes(2 * mebibyte))).status).toBe(201);
  });

  test('answers 507 before the first byte when there is no room, and works again when there is', async () => {
    const bytes = randomBytes(mebibyte);
    plane.storage.setAvailableBytes(1_000);
    const before = await plane.storage.files();
    const answer = await uploadFile(plane.url, 'no-room.pkg', bytes);
    expect(answer.status).toBe(507);
    expect((await problemOf(answer)).code).toBe('STORAGE_DISK_FULL');
    expect(await plane.storage.files()).toEqual(before);
    plane.storage.setAvailableBytes(2 * mebibyte);
    expect((await uploadFile(plane.url, 'no-room.pkg', bytes)).status).toBe(201);
  });
});

describe('a client that does not stay', () => {
  const head = (bytes: number) =>
    `POST /api/admin/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=abc\r\nContent-Length: ${bytes}\r\n\r\n--abc\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--abc\r\nContent-Disposition: form-data; name="file"; filename="gone.pkg"\r\n\r\n`;

  test('vanishes in the middle and leaves no trace', async () => {
    const before = await plane.storage.files();
    const socket = connect(plane.port, '127.0.0.1');
    socket.write(head(50 * mebibyte));
    socket.write(randomBytes(3 * mebibyte));
    await eventually(async () => plane.live.size === 1 && (await plane.storage.files()).staging.length === 1);
    socket.destroy();
    await eventually(async () => (await plane.storage.eventTypes()).at(-1) === 'UploadAborted');
    await eventually(() => plane.live.size === 0);
    expect(await plane.storage.files()).toEqual(before);
  });

  test('falls silent and is given up', async () => {
    await using impatient = await startDataPlaneFixture({ idleTimeoutMs: 100 });
    const socket = connect(impatient.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head(50 * mebibyte));
    socket.write(randomBytes(2 * mebibyte));
    await eventually(async () => (await impatient.storage.eventTypes()).at(-1) === 'UploadAborted');
    await eventually(() => impatient.live.size === 0);
    expect(await impatient.storage.files()).toEqual({ blobs: [], staging: [] });
    socket.destroy();
  });

  test('is cut off when the server stops, and leaves nothing', async () => {
    await using stopping = await startDataPlaneFixture();
    const socket = connect(stopping.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head(50 * mebibyte));
    socket.write(randomBytes(2 * mebibyte));
    await eventually(() => stopping.live.size === 1);
    stopping.stop();
    await eventually(() => stopping.live.size === 0);
    expect(await stopping.storage.files()).toEqual({ blobs: [], staging: [] });
    expect((await stopping.storage.eventTypes()).at(-1)).toBe('UploadAborted');
    socket.destroy();
  });
});

/** Sends the parts, each after some answer to the one before, then ends, and returns all that came back. */
async function exchange(port: number, parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text) => {
    answer += text;
  });
  for (const part of parts) {
    socket.write(part);
    await once(socket, 'data');
  }
  socket.end();
  await once(socket, 'close');
  return answer;
}
