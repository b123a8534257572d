import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataPlaneFixture, formOf, startDataPlaneFixture, uploadFile } from './data-plane-fixture.ts';
import { hexOf } from './tus-client.ts';

let plane: DataPlaneFixture;
beforeAll(async () => {
  plane = await startDataPlaneFixture();
});
afterAll(() => plane[Symbol.asyncDispose]());

const tagged = (bytes: Uint8Array) => `sha-256=:${Buffer.from(hexOf('sha256', bytes), 'hex').toString('base64')}:`;

test.each(['content-digest', 'repr-digest'])('a form is held to its %s, which is of the form', async (name) => {
  const bytes = randomBytes(70_000);
  const form = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n'),
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="file"; filename="${name}.pkg"\r\n\r\n`),
    bytes,
    Buffer.from('\r\n--b--\r\nan epilogue'),
  ]);
  const send = (digest: string) =>
    fetch(`${plane.url}/api/admin/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', [name]: digest },
      body: form,
    });
  const wrong = await send(tagged(bytes));
  expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([422, 'STORAGE_UPLOAD_DIGEST_MISMATCH']);
  expect((await plane.storage.files()).blobs).not.toContain(hexOf('sha256', bytes));
  expect((await send('sha-256=xyz')).status).toBe(400);
  expect((await send(`sha-512=:AAAA:, ${tagged(form)}`)).status).toBe(201);
});

const post = (form: FormData) => fetch(`${plane.url}/api/admin/upload`, { method: 'POST', body: form });

test('an upload says what it made of the package of its name', async () => {
  const outcomes: unknown[] = [];
  for (const [bytes, more] of [
    ['first', {}],
    ['first', {}],
    ['second', { replace: 'true' }],
  ] as const) {
    const answer = await uploadFile(plane.url, 'outcome.pkg', Buffer.from(bytes), 'Prod', more);
    outcomes.push(((await answer.json()) as { outcome: string }).outcome);
  }
  expect(outcomes).toEqual(['created', 'unchanged', 'replaced']);
});

test('an upload is refused, and leaves nothing, where the bytes are not what the form says', async () => {
  const bytes = randomBytes(1_000);
  const right = hexOf('sha256', bytes).toUpperCase();
  for (const form of [
    formOf(['stage', 'Prod'], ['sha256', 'a'.repeat(64)], ['file', { name: 'digest.pkg', bytes }]),
    formOf(['file', { name: 'digest.pkg', bytes }], ['stage', 'Prod'], ['sha256', 'a'.repeat(64)]),
  ]) {
    const answer = await post(form);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([422, 'STORAGE_UPLOAD_DIGEST_MISMATCH']);
    expect((await plane.storage.files()).blobs).not.toContain(hexOf('sha256', bytes));
    expect(plane.storage.catalog.packages.has('digest.pkg')).toBe(false);
  }
  expect((await uploadFile(plane.url, 'digest.pkg', bytes, 'Prod', { sha256: right })).status).toBe(201);
  const malformed = await uploadFile(plane.url, 'digest.pkg', bytes, 'Prod', { sha256: 'abc' });
  expect([malformed.status, ((await malformed.json()) as { code: string }).code]).toEqual([422, 'COMMON_REQUEST_INVALID']);
});
