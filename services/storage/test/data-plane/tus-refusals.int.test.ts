import { randomBytes } from 'node:crypto';
import { stages } from '@odst/kernel';
import { eventually } from '@odst/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DataPlaneFixture, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';
import { hexOf, tusClient } from './tus-client.ts';

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

describe('what is refused', () => {
  const bytes = randomBytes(1_000);

  test.each([
    ['no file name', { stage: 'Prod' }, 'STORAGE_UPLOAD_FILE_MISSING', '/filename'],
    ['an extension', aim('a.exe'), 'CATALOG_FILENAME_INVALID', '/filename'],
    ['a path', aim('../a.pkg'), 'CATALOG_FILENAME_INVALID', '/filename'],
    ['no stage', { filename: 'a.pkg' }, 'STORAGE_UPLOAD_STAGE_MISSING', '/stage'],
    ['another stage', { filename: 'a.pkg', stage: 'Beta' }, 'CATALOG_STAGE_UNKNOWN', '/stage'],
    ['another yes', aim('a.pkg', { replace: 'perhaps' }), 'COMMON_REQUEST_INVALID', '/replace'],
    ['another content to replace', aim('a.pkg', { replaces: 'abc' }), 'COMMON_REQUEST_INVALID', '/replaces'],
    ['another digest', aim('a.pkg', { sha256: 'abc' }), 'COMMON_REQUEST_INVALID', '/sha256'],
  ])('%s, with a pointer', async (_what, values, code, pointer) => {
    const answer = await client.create(10, values as Record<string, string>);
    expect(answer.status).toBe(422);
    const problem = (await answer.json()) as { code: string; errors: { pointer: string }[] };
    expect([problem.code, problem.errors[0]?.pointer]).toEqual([code, pointer]);
    expect(await staged()).toEqual([]);
  });

  const stage = `stage ${Buffer.from('Prod').toString('base64')}`;
  test.each([
    ['without a value', `filename,${stage}`, '/filename'],
    ['with an empty value', `filename ,${stage}`, '/filename'],
    ['that is not Base64', `filename a.pkg,${stage}`, '/filename'],
    ['that is not UTF-8', `filename ${Buffer.from('caf\xe9.pkg', 'latin1').toString('base64')},${stage}`, '/filename'],
    ['twice', `filename YS5wa2c=,filename YS5wa2c=,${stage}`, '/filename'],
    ['with more behind it', `filename YS5wa2c= x,${stage}`, '/Upload-Metadata'],
    [
      'among too many',
      `filename YS5wa2c=,${stage},${Array.from({ length: 40 }, (_, at) => `k${at}`).join()}`,
      '/Upload-Metadata',
    ],
    ['before something long', `filename YS5wa2c=,${stage},x ${'A'.repeat(9_000)}`, '/Upload-Metadata'],
  ])('a file name %s', async (_what, metadata, pointer) => {
    const answer = await client.create(10, {}, { 'upload-metadata': metadata });
    const problem = (await answer.json()) as { code: string; errors: { pointer: string }[] };
    expect([answer.status, problem.code, problem.errors[0]?.pointer]).toEqual([422, 'COMMON_REQUEST_INVALID', pointer]);
  });

  test.each([
    ['no length', { 'upload-length': '' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['a negative length', { 'upload-length': '-1' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['a length that is no number', { 'upload-length': '1e3' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['a huge length', { 'upload-length': '9'.repeat(40) }, 413, 'STORAGE_UPLOAD_TOO_LARGE'],
    ['more than may be', { 'upload-length': String(64 * mebibyte + 1) }, 413, 'STORAGE_UPLOAD_TOO_LARGE'],
    ['an empty file', { 'upload-length': '0' }, 422, 'STORAGE_UPLOAD_EMPTY'],
    ['a length that comes later', { 'upload-defer-length': '1' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['parts to be put together', { 'upload-concat': 'partial' }, 400, 'COMMON_REQUEST_MALFORMED'],
    ['another version', { 'tus-resumable': '0.2.2' }, 412, 'STORAGE_UPLOAD_VERSION_UNSUPPORTED'],
    ['a malformed digest', { 'repr-digest': 'sha-256=abc' }, 400, 'COMMON_REQUEST_MALFORMED'],
  ])('%s', async (_what, headers, status, code) => {
    const answer = await client.create(10, aim('a.pkg'), headers as Record<string, string>);
    expect(await codeOf(answer)).toEqual([status, code]);
    if (status === 412) expect(answer.headers.get('tus-version')).toBe('1.0.0');
  });

  test('a file for which there is no room', async () => {
    plane.storage.setAvailableBytes(1_000_000);
    expect(await codeOf(await client.create(2_000_000, aim('large.pkg')))).toEqual([507, 'STORAGE_DISK_FULL']);
    const path = await client.begin(600_000, aim('first.pkg'));
    expect(await codeOf(await client.create(600_000, aim('second.pkg')))).toEqual([507, 'STORAGE_DISK_FULL']);
    expect((await client.send('DELETE', path, {})).status).toBe(204);
    await client.send('DELETE', await client.begin(600_000, aim('second.pkg')), {});
  });

  test('a name that other bytes have, at the beginning where the digest is known, and at the end always', async () => {
    await uploadFile(plane.url, 'taken.pkg', randomBytes(12));
    const known = await client.create(bytes.length, aim('taken.pkg', { sha256: hexOf('sha256', bytes) }));
    expect(await codeOf(known)).toEqual([422, 'CATALOG_FILENAME_TAKEN']);
    const path = await client.begin(bytes.length, aim('taken.pkg'));
    for (const _time of [1, 2])
      expect(await codeOf(await client.append(path, 0, bytes))).toEqual([422, 'CATALOG_FILENAME_TAKEN']);
    expect((await client.head(path)).status).toBe(422);
    expect(await client.read(path)).toMatchObject({
      ...{ state: 'refused', outcome: null, sha256: null, refusal: { code: 'CATALOG_FILENAME_TAKEN', status: 422 } },
    });
    expect(await staged(path)).toEqual([]);
    expect((await plane.storage.files()).blobs).not.toContain(hexOf('sha256', bytes));
  });

  test('the same bytes with another stage', async () => {
    await uploadFile(plane.url, 'staged.pkg', bytes);
    const values = { filename: 'staged.pkg', stage: 'Test' };
    const known = await client.create(bytes.length, { ...values, sha256: hexOf('sha256', bytes) });
    expect(await codeOf(known)).toEqual([422, 'CATALOG_STAGE_DIFFERS']);
    const path = await client.begin(bytes.length, values);
    expect(await codeOf(await client.append(path, 0, bytes))).toEqual([422, 'CATALOG_STAGE_DIFFERS']);
  });

  test.each([
    ['metadata', { sha256: 'a'.repeat(64) }, {}],
    ['Repr-Digest', {}, { 'repr-digest': `sha-256=:${Buffer.alloc(32, 1).toString('base64')}:` }],
  ] as const)('other bytes than %s says', async (_what, more, headers) => {
    const path = await client.begin(bytes.length, aim('digest.pkg', more), headers as Record<string, string>);
    await client.append(path, 0, bytes.subarray(0, 999));
    expect(await codeOf(await client.append(path, 999, bytes.subarray(999)))).toEqual([422, 'STORAGE_UPLOAD_DIGEST_MISMATCH']);
    expect(await client.read(path)).toMatchObject({ state: 'refused', refusal: { code: 'STORAGE_UPLOAD_DIGEST_MISMATCH' } });
    expect(await staged(path)).toEqual([]);
    expect(plane.storage.catalog.packages.has('digest.pkg')).toBe(false);
  });

  test("a Mac's side file", async () => {
    const side = Buffer.concat([Buffer.from([0, 5, 0x16, 7]), bytes]);
    const path = await client.begin(side.length, aim('side.pkg'));
    expect((await client.append(path, 0, side.subarray(0, 2))).status).toBe(204);
    expect(await codeOf(await client.append(path, 2, side.subarray(2, 100)))).toEqual([422, 'STORAGE_UPLOAD_SIDE_FILE']);
    expect(await staged(path)).toEqual([]);
  });
});
