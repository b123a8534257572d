import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow } from '../support/files-below.ts';
import { headOf, openSocket, rawBytes, rawRequest, readAnswer } from '../support/raw-http.ts';
import { expectNoErrors, expectProblem } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { boundary, formBody, formType, uploadForm } from '../support/upload-form.ts';

const megabyte = 1_048_576;
const maxUploadBytes = 2 * megabyte;

let folder: TemporaryDirectory;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryDirectory();
  const port = await freePort();
  const env = { ODST_MAX_UPLOAD_BYTES: String(maxUploadBytes) };
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port, env });
});

afterAll(async () => {
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

type Headers = Readonly<Record<string, string>>;

const path = '/api/admin/upload';
/** Contents of former revisions, which are kept. */
const replaced: string[] = [];
const sha1 = (content: string | Uint8Array) => createHash('sha1').update(content).digest('hex');
const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const login = (): Headers => ({ Authorization: server.admin.authorization, 'Content-Type': formType });
const post = (body: Uint8Array, headers: Headers = {}) =>
  rawRequest(server.port, { method: 'POST', path, headers: { ...login(), ...headers }, body });
const upload = (filename: string, content: string | Uint8Array, stage = 'Prod') => post(uploadForm(filename, content, stage));
const headFor = (headers: Headers) =>
  Buffer.from(headOf({ method: 'POST', path, headers: { ...login(), ...headers } }, server.port));

/** Nothing of what failed is left: no partial file, no blob but those of packages; and the server is well. */
async function expectNoTrace(): Promise<void> {
  await eventually(async () => {
    const packages = await server.admin.packages();
    const digests = [...new Set([...packages.map((row) => row.sha256), ...replaced])];
    const contents = digests.map((digest) => join(digest.slice(0, 2), digest)).sort();
    expect(await filesBelow(join(server.dataDir, 'blobs'))).toEqual(contents);
    expect(await filesBelow(join(server.dataDir, 'staging'))).toEqual([]);
    return true;
  });
  expect((await rawRequest(server.port, { path: '/readyz' })).status).toBe(200);
}

describe('an upload is refused, and leaves nothing,', () => {
  test.each([
    ['JSON', 'application/json', 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED'],
    ['a plain body', 'application/octet-stream', 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED'],
    ['another kind of multipart', `multipart/mixed; boundary=${boundary}`, 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED'],
    ['no Content-Type', '', 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED'],
    ['no boundary', 'multipart/form-data', 400, 'COMMON_REQUEST_MALFORMED'],
    ['the boundary of another form', 'multipart/form-data; boundary=other', 400, 'COMMON_REQUEST_MALFORMED'],
  ])('when it comes as %s', async (_what, type, status, code) => {
    expectProblem(await post(uploadForm('Type.pkg', 'bytes', 'Prod'), { 'Content-Type': type }), status, code);
    await expectNoTrace();
  });

  const encoded = 'COMMON_CONTENT_ENCODING_UNSUPPORTED';
  const appleDouble = Buffer.from('\0\x05\x16\x07\0\x02\0\0Mac OS X        ');
  const file = { name: 'file', filename: 'Form.pkg', value: 'bytes' };
  const stage = { name: 'stage', value: 'Prod' };
  test.each([
    ['has no file', [stage], 422, 'STORAGE_UPLOAD_FILE_MISSING'],
    ['has the file as a field', [stage, { name: 'file', value: 'bytes' }], 422, 'STORAGE_UPLOAD_FILE_MISSING'],
    ['has no stage', [file], 422, 'STORAGE_UPLOAD_STAGE_MISSING'],
    ['has an unknown stage before the file', [{ ...stage, value: 'prod' }, file], 422, 'CATALOG_STAGE_UNKNOWN'],
    ['has an unknown stage after the file', [file, { ...stage, value: 'Production' }], 422, 'CATALOG_STAGE_UNKNOWN'],
    ['has an empty stage', [{ ...stage, value: '' }, file], 422, 'CATALOG_STAGE_UNKNOWN'],
    ['has two stages', [stage, { ...stage, value: 'Dev' }, file], 422, 'COMMON_REQUEST_INVALID'],
    ['has two files', [stage, file, { ...file, filename: 'Second.pkg' }], 422, 'COMMON_REQUEST_INVALID'],
    ['has an empty file', [stage, { ...file, value: '' }], 422, 'STORAGE_UPLOAD_EMPTY'],
    ['has the file without a name', [stage, { ...file, head: 'name="file"' }], 422, 'STORAGE_UPLOAD_FILE_MISSING'],
    ['has the file in base64', [stage, { ...file, more: 'Content-Transfer-Encoding: base64' }], 415, encoded],
    ['has the file quoted-printable', [stage, { ...file, more: 'content-transfer-encoding: Quoted-Printable' }], 415, encoded],
    [
      'has the side file of a Mac',
      [stage, { ...file, filename: '._Form.pkg', value: appleDouble }],
      422,
      'STORAGE_UPLOAD_SIDE_FILE',
    ],
    ['has a .DS_Store', [stage, { ...file, filename: '.DS_Store' }], 422, 'CATALOG_FILENAME_INVALID'],
    ['says replace=maybe', [stage, { name: 'replace', value: 'maybe' }, file], 422, 'COMMON_REQUEST_INVALID'],
    [
      'has twenty fields',
      [...Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, value: '' })), file],
      400,
      'COMMON_REQUEST_MALFORMED',
    ],
    ['has nothing', [], 422, 'STORAGE_UPLOAD_FILE_MISSING'],
  ])('when its form %s', async (_what, parts, status, code) => {
    expectProblem(await post(formBody(parts)), status, code);
    await expectNoTrace();
  });

  test.each([
    ['Content-Encoding', 'gzip'],
    ['Content-Encoding', 'identity, br'],
    ['Transfer-Encoding', 'gzip, chunked'],
  ])('when it comes with %s: %s', async (header, coding) => {
    const body = uploadForm('Coded.pkg', 'bytes', 'Prod');
    const form =
      header === 'Content-Encoding'
        ? body
        : Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
    const head = header === 'Content-Encoding' ? { 'Content-Length': String(form.length) } : {};
    const answer = await rawBytes(server.port, Buffer.concat([headFor({ ...head, [header]: coding }), form]));
    expectProblem(answer, 415, 'COMMON_CONTENT_ENCODING_UNSUPPORTED');
    expect(answer.headers['accept-encoding']).toBe('identity');
    await expectNoTrace();
  });

  test('when it would come compressed, before it comes', async () => {
    const head = headFor({ 'Content-Length': '1000000', 'Content-Encoding': 'zstd', Expect: '100-continue' });
    expectProblem(await rawBytes(server.port, head), 415, 'COMMON_CONTENT_ENCODING_UNSUPPORTED');
    await expectNoTrace();
  });

  test('when its lines end with LF alone, which sending it again does not mend', async () => {
    const form = uploadForm('Unix.pkg', 'bytes', 'Prod').toString().replaceAll('\r\n', '\n');
    const answer = await post(Buffer.from(form));
    expectProblem(answer, 400, 'COMMON_REQUEST_MALFORMED');
    expect(answer.json?.['detail']).toContain('LF');
    await expectNoTrace();
  });

  test('when nobody is logged in, also before its body is there', async () => {
    const body = uploadForm('Anonymous.pkg', 'bytes', 'Prod');
    const headers = { 'Content-Type': formType };
    expectProblem(await rawRequest(server.port, { method: 'POST', path, headers, body }), 401, 'COMMON_LOGIN_REQUIRED');
    const waits = headOf(
      { method: 'POST', path, headers: { ...headers, Expect: '100-continue', 'Content-Length': '1000000' } },
      server.port,
    );
    expectProblem(await rawBytes(server.port, Buffer.from(waits)), 401, 'COMMON_LOGIN_REQUIRED');
    await expectNoTrace();
  });
});

describe('an upload that is too long is refused', () => {
  const tooLong = uploadForm('Long.pkg', Buffer.alloc(maxUploadBytes + 1, 1), 'Prod');

  test('before its first byte where it says so', async () => {
    const head = headFor({ 'Content-Length': String(100 * megabyte), Expect: '100-continue' });
    expectProblem(await rawBytes(server.port, head), 413, 'STORAGE_UPLOAD_TOO_LARGE');
    await expectNoTrace();
  });

  test('by a single byte', async () => {
    expectProblem(await post(tooLong), 413, 'STORAGE_UPLOAD_TOO_LARGE');
    await expectNoTrace();
  });

  test('when it comes in pieces of unknown number', async () => {
    const pieces = [headFor({ 'Transfer-Encoding': 'chunked' }), Buffer.from(`${tooLong.length.toString(16)}\r\n`), tooLong];
    expectProblem(
      await rawBytes(server.port, Buffer.concat([...pieces, Buffer.from('\r\n0\r\n\r\n')])),
      413,
      'STORAGE_UPLOAD_TOO_LARGE',
    );
    await expectNoTrace();
  });

  test('and one of exactly the allowed size is not', async () => {
    expect((await upload('Longest.pkg', Buffer.alloc(maxUploadBytes, 2))).status).toBe(201);
    await expectNoTrace();
  });
});

describe('an upload that ends early', () => {
  const form = uploadForm('Truncated.pkg', Buffer.alloc(megabyte, 3), 'Prod');

  test.each([
    ['before its last boundary', form.subarray(0, -12)],
    ['within its file', form.subarray(0, 700_000)],
    ['within the head of a part', form.subarray(0, 100)],
  ])('%s is refused and leaves nothing', async (_where, body) => {
    expectProblem(await post(body), 400, 'STORAGE_UPLOAD_TRUNCATED');
    await expectNoTrace();
  });

  test.each([
    ['with fewer bytes than it promised', { 'Content-Length': String(form.length) }, form.subarray(0, 700_000)],
    ['within a piece', { 'Transfer-Encoding': 'chunked' }, Buffer.concat([Buffer.from('fffff\r\n'), form.subarray(0, 9_000)])],
    ['with a broken length of a piece', { 'Transfer-Encoding': 'chunked' }, Buffer.concat([Buffer.from('zz\r\n'), form])],
  ])('%s is refused and leaves nothing', async (_how, headers, body) => {
    const answer = await rawBytes(server.port, Buffer.concat([headFor(headers), body]), { half: true });
    expectProblem(answer, 400, 'COMMON_REQUEST_MALFORMED');
    await expectNoTrace();
  });

  test('because its client vanished leaves nothing', async () => {
    const socket = await openSocket(server.port);
    socket.write(Buffer.concat([headFor({ 'Content-Length': String(form.length) }), form.subarray(0, 900_000)]));
    await eventually(async () => (await filesBelow(join(server.dataDir, 'staging'))).length === 1);
    socket.resetAndDestroy();
    await expectNoTrace();
    expect(await server.admin.findPackage('Truncated.pkg')).toBeUndefined();
  });
});

describe('the same name', () => {
  test('with the same bytes at once is one package for both', async () => {
    const answers = await Promise.all([upload('Twins.pkg', 'twins'), upload('Twins.pkg', 'twins')]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(await server.admin.findPackage('Twins.pkg')).toMatchObject({ sha256: sha256('twins'), status: 'Public' });
    await expectNoTrace();
  });

  test("with other bytes at once is the first one's", async () => {
    const contents = ['one', 'two', 'three', 'four'];
    const answers = await Promise.all(contents.map((content) => upload('Race.pkg', content)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const winner = contents[answers.findIndex(({ status }) => status === 201)] ?? '';
    expect(await server.admin.findPackage('Race.pkg')).toMatchObject({ sha256: sha256(winner) });
    for (const loser of answers.filter(({ status }) => status === 409)) expectProblem(loser, 409, 'CATALOG_FILENAME_TAKEN');
    expect(await (await server.admin.download('Race.pkg')).text()).toBe(winner);
    await expectNoTrace();
  });

  test('with the same bytes again is the same package, stored once', async () => {
    expect((await upload('Again.pkg', 'again')).status).toBe(201);
    const before = await server.admin.package('Again.pkg');
    const again = await upload('Again.pkg', 'again');
    expect([again.status, again.json]).toMatchObject([201, { filename: 'Again.pkg', sha1: sha1('again') }]);
    expect(await server.admin.package('Again.pkg')).toEqual(before);
    await expectNoTrace();
  });

  test('with the same bytes in another stage is refused and points to the stage change', async () => {
    expect((await upload('Staged.pkg', 'staged', 'Dev')).status).toBe(201);
    const { id } = await server.admin.package('Staged.pkg');
    const answer = await upload('Staged.pkg', 'staged', 'Prod');
    expectProblem(answer, 409, 'CATALOG_STAGE_DIFFERS');
    expect(answer.json?.['detail']).toContain(`POST /api/v1/packages/${id}/`);
    expect(await server.admin.package(id)).toMatchObject({ stage: 'Dev', status: 'Public' });
    expect(await (await server.admin.download('Staged.pkg')).text()).toBe('staged');
    await expectNoTrace();
  });

  test('with other bytes is refused, unless replace=true asks for a new revision', async () => {
    expect((await upload('Taken.pkg', 'first')).status).toBe(201);
    const { id } = await server.admin.package('Taken.pkg');
    expectProblem(await upload('Taken.pkg', 'second'), 409, 'CATALOG_FILENAME_TAKEN');
    expect(await (await server.admin.download('Taken.pkg')).text()).toBe('first');
    await expectNoTrace();

    const replacement = formBody([
      { name: 'file', filename: 'Taken.pkg', value: 'second' },
      { name: 'replace', value: 'true' },
      { name: 'stage', value: 'Prod' },
    ]);
    expect((await post(replacement)).status).toBe(201);
    replaced.push(sha256('first'));
    expect(await server.admin.package(id)).toMatchObject({ sha256: sha256('second'), filename: 'Taken.pkg' });
    expect(await (await server.admin.download('Taken.pkg')).text()).toBe('second');
  });
});

test('the same bytes under another name are another package on one copy', async () => {
  expect((await upload('Name 1.pkg', 'shared')).status).toBe(201);
  expect((await upload('Name 2.pkg', 'shared', 'Dev')).status).toBe(201);
  const [first, second] = [await server.admin.package('Name 1.pkg'), await server.admin.package('Name 2.pkg')];
  expect(second).toMatchObject({ sha256: first.sha256, stage: 'Dev', status: 'Public' });
  expect(second.id).not.toBe(first.id);
  const copies = (await filesBelow(join(server.dataDir, 'blobs'))).filter((file) => file.endsWith(first.sha256));
  expect(copies).toHaveLength(1);
  expect(await (await server.admin.download('Name 2.pkg')).text()).toBe('shared');
});

describe('a file name', () => {
  test.each([
    ['in decomposed Unicode becomes composed', 'Zu\u0308rich.pkg', 'Z\u00fcrich.pkg'],
    ['with spaces stays', ' Disk  Image 1.dmg', ' Disk  Image 1.dmg'],
    ['with emoji stays', 'Päckchen 📦.pkg', 'Päckchen 📦.pkg'],
    ['in another script stays', 'установщик.pkg', 'установщик.pkg'],
    ['with signs that URLs give a meaning stays', "100% #1 & a+b?c=d;e'f.pkg", "100% #1 & a+b?c=d;e'f.pkg"],
    ['that looks percent-encoded stays', 'a%2Fb.pkg', 'a%2Fb.pkg'],
    ['with a quote, as browsers write it, has it', 'a%22b%22.pkg', 'a"b".pkg'],
    ['in words of PowerShell is decoded', '=?utf-8?B?WsO8cmljaCAyLnBrZw==?=', 'Zürich 2.pkg'],
    ['of 255 bytes stays', `${'x'.repeat(251)}.pkg`, `${'x'.repeat(251)}.pkg`],
    ['with an ending in capitals stays', 'LOUD.PKG', 'LOUD.PKG'],
  ])('%s', async (_what, sent, kept) => {
    const content = `content of ${kept}`;
    const answer = await upload(sent, content);
    expect([answer.status, answer.json]).toMatchObject([201, { filename: kept, sha1: sha1(content) }]);
    expect(await server.admin.package(kept)).toMatchObject({ filename: kept, status: 'Public' });
    // Whoever asks gets it by either way of writing.
    for (const asked of [kept.normalize('NFD'), kept]) expect(await (await server.admin.download(asked)).text()).toBe(content);
    const packages = await fetch(`${server.url}/Packages/${encodeURIComponent(kept)}`, { method: 'HEAD' });
    expect(packages.headers.get('content-disposition')).toContain('attachment');
  });

  test.each([
    ['path parts', '../../etc/cron.d/evil.pkg'],
    ['a folder', 'folder/name.pkg'],
    ['path parts of Windows', 'C:\\Windows\\evil.pkg'],
    ['a control character', 'line\u0001break.pkg'],
    ['a tab', 'tab\tbed.pkg'],
    ['a DEL', 'del\u007f.pkg'],
    ['a line break, as browsers write it', 'a%0Ab.pkg'],
    ['a space that is none', 'No\u00a0MAD.pkg'],
    ['a character that nobody sees', 'No\u200bMAD.pkg'],
    ['a change of direction', 'NoMAD\u202egkp.pkg'],
    ['a byte order mark', '\ufeffNoMAD.pkg'],
    ['U+FFFD', 'caf\ufffd.pkg'],
    ['a malformed word', '=?utf-8?B?WsO8*?=.pkg'],
    ['dots only', '..'],
    ['nothing', ''],
    ['an ending only', '.pkg'],
    ['256 bytes', `${'x'.repeat(252)}.pkg`],
    ['300 bytes', `${'x'.repeat(296)}.pkg`],
    ['256 bytes in 130 characters', `${'é'.repeat(126)}.pkg`],
    ['no ending', 'installer'],
    ['an ending that is not allowed', 'evil.exe'],
    ['an allowed ending that is not the last', 'evil.pkg.exe'],
  ])('of %s is refused', async (_what, name) => {
    expectProblem(await upload(name, `content of ${name}`), 422, 'CATALOG_FILENAME_INVALID');
    await expectNoTrace();
  });
});

describe('the bytes of a name', () => {
  const send = (parameters: string, content: string) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; ${parameters}`;
    return post(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(`\r\n\r\n${content}\r\n--${boundary}--\r\n`)]));
  };

  test('in a code page of Windows are refused, and replace no other package', async () => {
    for (const name of ['caf\xe9.pkg', 'caf\xe8.pkg']) {
      const answer = await send(`filename="${name}"`, name);
      expectProblem(answer, 422, 'CATALOG_FILENAME_INVALID');
      expect(answer.json?.['errors']).toEqual([{ detail: expect.stringContaining('not UTF-8'), pointer: '/file' }]);
    }
    await expectNoTrace();
  });

  test.each([
    ['filename="Zuerich.pkg"; filename*=UTF-8\'\'Z%C3%BCrich%203.pkg'],
    ['filename*=UTF-8\'\'Z%C3%BCrich%203.pkg; filename="Zuerich.pkg"'],
    ['filename="=?utf-8?B?WnVlcmljaC5wa2c=?="; filename*=ISO-8859-1\'\'Z%FCrich%203.pkg'],
  ])('that come twice are those with the star: %s', async (parameters) => {
    expect((await send(parameters, 'twice')).json).toMatchObject({ filename: 'Zürich 3.pkg', sha1: sha1('twice') });
  });
});

test('many clients that vanish at once leave nothing and keep nobody waiting', async () => {
  const form = uploadForm('Crowd.pkg', Buffer.alloc(megabyte, 4), 'Prod');
  const sockets = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const socket = await openSocket(server.port);
      socket.write(Buffer.concat([headFor({ 'Content-Length': String(form.length) }), form.subarray(0, 300_000)]));
      return socket;
    }),
  );
  for (const socket of sockets) socket.destroy();
  const last = await openSocket(server.port);
  const answer = readAnswer(last);
  last.write(Buffer.concat([headFor({ 'Content-Length': String(form.length) }), form]));
  expect((await answer).status).toBe(201);
  await expectNoTrace();
});

test('none of it was an error of the server', () => expectNoErrors(server.log()));
