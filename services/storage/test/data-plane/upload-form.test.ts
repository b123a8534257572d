import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { errorRow, isOdstError, type OdstError } from '@odst/kernel';
import { eventually } from '@odst/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, type FormFields, readUploadForm } from '../../src/data-plane/upload-form.ts';

type Outcome = FormFields & { readonly filename?: string; readonly bytes?: Buffer };

/** Reads a form that comes in these blocks, as the upload route does. */
async function read(blocks: readonly Buffer[], contentType = 'multipart/form-data; boundary=abc'): Promise<Outcome> {
  const raw = new Readable({ read: () => undefined });
  for (const block of blocks) raw.push(block);
  raw.push(null);
  const fields: FormFields = { stage: undefined, replace: false, replaces: '' };
  let outcome = {};
  for await (const event of readUploadForm({ headers: { 'content-type': contentType }, raw }, ['pkg', 'zip'], fields)) {
    if (event.type === 'file') {
      const pieces: Buffer[] = [];
      for await (const piece of event.stream as AsyncIterable<Buffer>) pieces.push(piece);
      outcome = { filename: event.filename, bytes: Buffer.concat(pieces) };
    }
  }
  return { ...outcome, ...fields };
}

type Part = { readonly head: string; readonly body: string | Buffer };
const part = (parameters: string, body: string | Buffer, ...more: readonly string[]): Part => ({
  head: [`Content-Disposition: form-data; ${parameters}`, ...more].join('\r\n'),
  body,
});
const formOf = (...parts: readonly Part[]) =>
  Buffer.concat([
    ...parts.flatMap(({ head, body }) => [Buffer.from(`--abc\r\n${head}\r\n\r\n`), Buffer.from(body), Buffer.from('\r\n')]),
    Buffer.from('--abc--\r\n'),
  ]);
const cut = (form: Buffer, size: number) =>
  Array.from({ length: Math.ceil(form.length / size) }, (_, index) => form.subarray(index * size, (index + 1) * size));
const stage = part('name="stage"', 'Prod');
const file = part('name="file"; filename="a.pkg"', 'bytes', 'Content-Type: application/octet-stream');

const refusalOf = async (...parts: readonly Part[]) => {
  const error: unknown = await read([formOf(...parts)]).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isOdstError(error)) throw error ?? new Error('the form was taken');
  return [errorRow(error.code).http, error.code, error.details['pointer']];
};

describe('the form of an upload', () => {
  it.each([
    ['the stage first', [stage, file]],
    ['the stage last', [file, stage]],
    ['fields that nobody knows', [part('name="__proto__"', 'x'), stage, part('name=""', '{'.repeat(5_000)), file]],
    ['a field that nobody knows twice', [part('name="tag"', 'a'), stage, part('name="tag"', 'b'), file]],
    ['all parts as octets', [part('name="stage"', 'Prod', 'Content-Type: application/octet-stream'), file]],
    ['a value in JSON', [part('name="stage"', '"Prod"', 'Content-Type: application/json; charset=UTF-8'), file]],
    ['a charset', [part('name="stage"', Buffer.from('Prod', 'utf16le'), 'Content-Type: text/plain; charset=utf-16le'), file]],
  ])('may have %s', async (_what, parts) => {
    const taken = { filename: 'a.pkg', bytes: Buffer.from('bytes'), stage: 'Prod', replace: false, replaces: '' };
    expect(await read([formOf(...parts)])).toEqual(taken);
    expect(await read([...formOf(...parts)].map((byte) => Buffer.from([byte])))).toEqual(taken);
  });

  it.each([
    [true, ['true', 't', 'True', 'TRUE', '1', 'yes', 'Yes', 'y', 'on', 'ON', ' true\r\n']],
    [false, ['false', 'F', 'False', '0', 'no', 'N', 'off', 'Off']],
  ])('says replace, %s, as %j', async (replace, spellings) => {
    for (const spelling of spellings) {
      expect((await read([formOf(stage, part('name="replace"', spelling), file)])).replace).toBe(replace);
    }
  });

  it('says what is to be replaced, in any case', async () => {
    for (const [spelling, replaces] of [['Nothing', 'nothing'] as const, ['AB'.repeat(32), 'ab'.repeat(32)] as const]) {
      expect((await read([formOf(stage, part('name="replaces"', spelling), file)])).replaces).toBe(replaces);
    }
  });

  it('gives large files through as they come, at any size of blocks', async () => {
    const bytes = Buffer.alloc(3_000_000, '\r\n--abd');
    const form = formOf({ ...file, body: bytes }, stage);
    for (const size of [1_000, 65_536, 5_000_000]) {
      const { bytes: taken, stage } = await read(cut(form, size));
      expect([taken?.equals(bytes), stage]).toEqual([true, 'Prod']);
    }
  });
});

it('keeps nothing of fields that nobody reads', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('globalThis.gc') as () => void;
  const heldBytes = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = heldBytes();
  const slow = Array.from({ length: 40 }, () => new Readable({ read: () => undefined }));
  const readings = slow.map((raw) => {
    raw.push('--abc\r\nContent-Disposition: form-data; name="comment"\r\n\r\n');
    const headers = { 'content-type': 'multipart/form-data; boundary=abc' };
    return readUploadForm({ headers, raw }, ['pkg'], { stage: undefined, replace: false, replaces: '' }, 65_536).next();
  });
  for (let block = 0; block < 15; block += 1) {
    for (const raw of slow) raw.push(Buffer.alloc(65_536, 'x'));
    await eventually(() => slow.every((raw) => raw.readableLength === 0));
  }
  await eventually(() => heldBytes() - before < 4_000_000);
  for (const raw of slow) raw.push(null);
  const outcomes = await Promise.allSettled(readings);
  expect(outcomes.map(({ status }) => status)).toEqual(slow.map(() => 'rejected'));
});

describe('an upload is refused', () => {
  it.each<[what: string, parts: readonly Part[], refusal: readonly unknown[]]>([
    [
      'a file without a name',
      [part('name="file"', 'x', 'Content-Type: application/octet-stream')],
      [422, 'STORAGE_UPLOAD_FILE_MISSING', '/file'],
    ],
    ['the file as a field', [part('name="file"', 'x')], [422, 'STORAGE_UPLOAD_FILE_MISSING', '/file']],
    ['an empty name of a file', [part('name="file"; filename=""', '')], [422, 'CATALOG_FILENAME_INVALID', '/file']],
    ['a file in a part without a name', [part('filename="a.pkg"', 'x')], [422, 'COMMON_REQUEST_INVALID', '/file']],
    ['two files', [file, file], [422, 'COMMON_REQUEST_INVALID', '/file']],
    ['two stages', [stage, stage], [422, 'COMMON_REQUEST_INVALID', '/stage']],
    ['a stage as a file', [part('name="stage"; filename="a.pkg"', 'Prod')], [422, 'COMMON_REQUEST_INVALID', '/stage']],
    ['a file elsewhere', [part('name="a/b~"; filename="a.pkg"', 'x')], [422, 'COMMON_REQUEST_INVALID', '/a~1b~0']],
    ['a stage that is not UTF-8', [part('name="stage"', Buffer.from([0xe9]))], [422, 'COMMON_REQUEST_INVALID', '/stage']],
    ['a long stage', [part('name="stage"', 'x'.repeat(2_000))], [422, 'COMMON_REQUEST_INVALID', '/stage']],
    [
      'a charset that nobody knows',
      [part('name="stage"', 'x', 'Content-Type: text/plain; charset=klingon')],
      [422, 'COMMON_REQUEST_INVALID', '/stage'],
    ],
    ...['', 'maybe', '2', 'truee', 'null', 'tru e'].map((value): [string, Part[], unknown[]] => [
      `replace=${value}`,
      [part('name="replace"', value)],
      [422, 'COMMON_REQUEST_INVALID', '/replace'],
    ]),
    ['what to replace, in other words', [part('name="replaces"', 'everything')], [422, 'COMMON_REQUEST_INVALID', '/replaces']],
    ['an empty file', [part('name="file"; filename="a.pkg"', '')], [422, 'STORAGE_UPLOAD_EMPTY', '/file']],
    [
      'an AppleDouble',
      [part('name="file"; filename="._a.pkg"', '\0\x05\x16\x07\0\x02')],
      [422, 'STORAGE_UPLOAD_SIDE_FILE', '/file'],
    ],
    [
      'an AppleDouble of another name',
      [part('name="file"; filename="a.pkg"', '\0\x05\x16\x07')],
      [422, 'STORAGE_UPLOAD_SIDE_FILE', '/file'],
    ],
    ['a .DS_Store', [part('name="file"; filename=".DS_Store"', '\0\0\0\x01Bud1')], [422, 'CATALOG_FILENAME_INVALID', '/file']],
    ['a line break in a name', [part('name="file"; filename="a%0Ab.pkg"', 'x')], [422, 'CATALOG_FILENAME_INVALID', '/file']],
    [
      'an encoded file',
      [part('name="file"; filename="a.pkg"', 'Ynl0ZXM=', 'Content-Transfer-Encoding: base64')],
      [415, 'COMMON_CONTENT_ENCODING_UNSUPPORTED', '/file'],
    ],
    [
      'many parts',
      Array.from({ length: 17 }, (_, index) => part(`name="f${index}"`, '')),
      [400, 'COMMON_REQUEST_MALFORMED', undefined],
    ],
    ['a huge field', [part('name="comment"', 'x'.repeat(1_100_000))], [413, 'COMMON_CONTENT_TOO_LARGE', '/comment']],
  ])('with %s', async (_what, parts, refusal) => {
    expect(await refusalOf(...parts)).toEqual(refusal);
  });

  it.each([
    ['the stage', formOf(stage, file)],
    ['a field that nobody knows', formOf(part('name="comment"', 'x'), stage, file)],
    ['the stage, with a large file', formOf(stage, { ...file, body: 'x'.repeat(9_000) })],
  ])('with LF alone behind %s, not taking the rest for its value', async (_what, form) => {
    const text = form.toString().replace('\r\n--abc\r\nContent', '\n--abc\r\nContent');
    const refused = { code: 'COMMON_REQUEST_MALFORMED', message: expect.stringContaining('LF') };
    await expect(read([Buffer.from(text)])).rejects.toMatchObject(refused);
    await expect(read(cut(Buffer.from(text), 1))).rejects.toMatchObject(refused);
  });

  it.each([
    ['multipart/form-data', undefined],
    ['multipart/form-data; boundary=', undefined],
    [`multipart/form-data; boundary=${'x'.repeat(300)}`, undefined],
    ['multipart/form-data; charset=utf-8; Boundary="a b"', 'a b'],
    ['multipart/form-data; boundary = "a b"', 'a b'],
    ['multipart/form-data;boundary=----WebKitFormBoundary7MA4', '----WebKitFormBoundary7MA4'],
  ])('without a boundary: %s', (contentType, boundary) => {
    if (boundary === undefined) expect(() => boundaryOf(contentType)).toThrow(/boundary/);
    else expect(boundaryOf(contentType)).toBe(boundary);
  });
});

describe('a form with random faults', () => {
  const valid = formOf(part('name="comment"', 'hello'), stage, part('name="replace"', 'true'), file);
  const bytes = fc.oneof(
    fc.constantFrom('\r\n', '\n', '\r', '"', ';', '=', '\\', '--abc', '--abc--', '\r\n\r\n', '%', '*', '=?utf-8?B?', '\xff'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const fault = fc.record({ at: fc.nat(valid.length), cut: fc.nat(8), add: bytes });

  it('is taken or refused in words of the register, and never an error of the server', async () => {
    const codes = new Set<string>();
    const check = async (faults: readonly { at: number; cut: number; add: string }[], size: number) => {
      let form = valid;
      for (const { at, cut, add } of faults) {
        form = Buffer.concat([form.subarray(0, at), Buffer.from(add, 'latin1'), form.subarray(at + cut)]);
      }
      const refusal = await read(cut(form, size)).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal === undefined) return;
      if (!isOdstError(refusal)) throw refusal;
      const { code } = refusal as OdstError;
      codes.add(code);
      expect([400, 413, 415, 422]).toContain(errorRow(code).http);
      expect(errorRow(code).retryable).toBe(code === 'STORAGE_UPLOAD_TRUNCATED');
    };
    const faults = fc.array(fault, { minLength: 1, maxLength: 4 });
    await fc.assert(fc.asyncProperty(faults, fc.integer({ min: 1, max: 500 }), check), { seed: 20_261_129, numRuns: 1_000 });
    expect([...codes]).toEqual(expect.arrayContaining(['COMMON_REQUEST_MALFORMED', 'STORAGE_UPLOAD_TRUNCATED']));
  });
});
