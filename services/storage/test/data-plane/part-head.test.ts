import { isOdstError } from '@odst/kernel';
import { describe, expect, it } from 'vitest';
import { readPartHead } from '../../src/data-plane/part-head.ts';

/** Of the lines, as their bytes: a text in UTF-8. */
const read = (...lines: readonly string[]) => readPartHead(Buffer.from(lines.join('\r\n')));
/** Of a part named `file` with these parameters behind its name. */
const filenameOf = (parameters: string | Buffer) =>
  readPartHead(Buffer.concat([Buffer.from('Content-Disposition: form-data; name="file"; '), Buffer.from(parameters)])).filename;

/** Code and pointer of the refusal. */
const refusal = (attempt: () => unknown) => {
  try {
    return attempt();
  } catch (error) {
    if (isOdstError(error)) return [error.code, error.details['pointer']];
    throw error;
  }
};
const refusedName = ['CATALOG_FILENAME_INVALID', '/file'];
const malformed = ['COMMON_REQUEST_MALFORMED', undefined];

describe('the head of a part as it is sent by', () => {
  it.each<[sender: string, head: string, filename: string]>([
    ['curl 8', 'form-data; name="file"; filename="Zürich \\"%22.pkg"', 'Zürich "".pkg'],
    ['curl before 7.81', String.raw`form-data; name="file"; filename="a\"b\\c.pkg"`, String.raw`a"b\c.pkg`],
    ['Chrome and Firefox', 'form-data; name="file"; filename="a%22b%0D%0Ac 100%.pkg"', 'a"b\r\nc 100%.pkg'],
    ['requests with urllib3 2', 'form-data; name="file"; filename="Zürich%22.pkg"', 'Zürich".pkg'],
    ['requests with urllib3 1.24', 'form-data; name="file"; filename*=utf-8\'\'Z%C3%BCrich.pkg', 'Zürich.pkg'],
    ['.NET', "form-data; name=file; filename=NoMAD.pkg; filename*=utf-8''NoMAD.pkg", 'NoMAD.pkg'],
    [
      '.NET, a name that is not ASCII',
      'form-data; name=file; filename="=?utf-8?B?WsO8cmljaC5wa2c=?="; filename*=utf-8\'\'Z%C3%BCrich.pkg',
      'Zürich.pkg',
    ],
    ['PowerShell 7', 'form-data; name=file; filename="=?utf-8?B?WsO8cmljaC5wa2c=?="', 'Zürich.pkg'],
    [
      'Spring 6',
      'form-data; name="file"; filename="=?UTF-8?Q?Z=C3=BCrich_1.pkg?="; filename*=UTF-8\'\'Z%C3%BCrich%201.pkg',
      'Zürich 1.pkg',
    ],
    ['Apache HttpClient 5', 'form-data; name="file"; filename="Z?rich.pkg"; filename*="UTF-8\'\'Z%C3%BCrich.pkg"', 'Zürich.pkg'],
    ['OkHttp', 'form-data; name="file"; filename="日本語.pkg"', '日本語.pkg'],
    ['Internet Explorer', String.raw`form-data; name="file"; filename="C:\temp\a.pkg"`, String.raw`C:\temp\a.pkg`],
    ['somebody who writes little', 'form-data;name=file;filename=a.pkg', 'a.pkg'],
    ['somebody who writes much', 'Form-Data ; Name = "file" ;; FILENAME = "a.pkg" ; size=5 ; ', 'a.pkg'],
  ])('%s', (_sender, disposition, filename) => {
    expect(read(`Content-Disposition: ${disposition}`, 'Content-Type: application/octet-stream')).toMatchObject({
      name: 'file',
      filename,
    });
  });

  it('one that folds its lines, or has other headers too', () => {
    const head = read('content-length: 5', 'CONTENT-DISPOSITION: form-data;', ' name="file";', '\tfilename="a.pkg"', 'X-Y:z');
    expect(head).toMatchObject({ name: 'file', filename: 'a.pkg' });
  });
});

describe('filename*', () => {
  it.each([
    ['filename="Zuerich.pkg"; filename*=UTF-8\'\'Z%C3%BCrich.pkg'],
    ['filename*=UTF-8\'\'Z%C3%BCrich.pkg; filename="Zuerich.pkg"'],
    ["filename*=utf-8'de-CH'Z%c3%bcrich.pkg"],
    ["filename*=ISO-8859-1''Z%FCrich.pkg"],
    ['filename="=?nonsense?=?"; filename*=UTF-8\'\'Z%C3%BCrich.pkg'],
  ])('wins, in either order: %s', (parameters) => {
    expect(filenameOf(parameters)).toBe('Zürich.pkg');
  });

  it('is decoded once', () => {
    expect(filenameOf("filename*=UTF-8''100%2522%2B.pkg")).toBe('100%22+.pkg');
  });

  it.each([
    ["UTF-8''Z%FCrich.pkg"],
    ["UTF-8''Z%C3%B.pkg"],
    ["UTF-8''100%"],
    ["UTF-8''a%zz.pkg"],
    ["UTF-8''a b.pkg"],
    ["UTF-8''Zürich.pkg"],
    ["windows-1252''Z%FC.pkg"],
    ["''a.pkg"],
    ['a.pkg'],
    ["UTF-8'a.pkg"],
    [''],
  ])('is refused as %s, whatever filename says', (value) => {
    expect(refusal(() => filenameOf(`filename="a.pkg"; filename*=${value}`))).toEqual(refusedName);
  });
});

it.each([
  ['filename*0*=UTF-8\'\'Z%C3%BC; filename*1="rich.pkg"'],
  ['filename*0="long-"; filename*1="name.pkg"'],
  ['filename="Zuerich.pkg"; filename*0*=UTF-8\'\'Z%C3%BC; filename*1*=rich.pkg'],
])('a file name in pieces (RFC 2231) is refused as such: %s', (parameters) => {
  expect(refusal(() => filenameOf(parameters))).toEqual(refusedName);
});

describe('an encoded word (RFC 2047)', () => {
  it.each([
    ['=?utf-8?B?WsO8cmljaC5wa2c=?=', 'Zürich.pkg'],
    ['=?UTF-8?q?Z=c3=BCrich_=28a=29.pkg?=', 'Zürich (a).pkg'],
    ['=?iso-8859-1?Q?Z=FCrich.pkg?=', 'Zürich.pkg'],
    ['=?windows-1252?Q?=80.pkg?=', '€.pkg'],
    ['=?Shift_JIS?B?k/qWe4zqLnBrZw==?=', '日本語.pkg'],
    ['=?ISO-2022-JP?B?GyRCRnxLXDhsGyhCLnBrZw==?=', '日本語.pkg'],
    ['=?koi8-r?B?xsHKzC5wa2c=?=', 'файл.pkg'],
    ['=?utf-8*de?Q?Z=C3=BCrich.pkg?=', 'Zürich.pkg'],
    ['=?utf-8?Q?Z=C3=BC?= =?utf-8?Q?rich.pkg?=', 'Zürich.pkg'],
    ['=?utf-8?Q?Z=C3?=  =?utf-8?B?vHJpY2gucGtn?=', 'Zürich.pkg'],
    ['=?utf-8?Q?Z=C3=BC?= =?iso-8859-1?Q?=FC.pkg?=', 'Züü.pkg'],
    ['My =?utf-8?Q?Z=C3=BCrich?= 1.pkg', 'My Zürich 1.pkg'],
    ['=?utf-8?Q?100%22.pkg?=', '100%22.pkg'],
    ['what=?.pkg', 'what=?.pkg'],
    ['a?b=?c.pkg', 'a?b=?c.pkg'],
  ])('%s is %s', (sent, name) => {
    expect(filenameOf(`filename="${sent}"`)).toBe(name);
  });

  it.each([
    ['=?utf-8?B?WsO8cmljaC5wa2c?='],
    ['=?utf-8?B?WsO8cmlja*==?='],
    ['=?utf-8?B?Wvw=?='],
    ['=?utf-8?Q?Z=FCrich.pkg?='],
    ['=?utf-8?Q?Z=G1.pkg?='],
    ['=?utf-8?Q?Z=?='],
    ['=?utf-8?Q?a b.pkg?='],
    ['=?nonsense?Q?a.pkg?='],
    ['=?iso-2022-kr?Q?a.pkg?='],
    ['=?utf-8?X?a.pkg?='],
    ['=?utf-8?B?WsO8cmljaC5wa2c='],
    ['a=?utf-8?Q?=C3=BC?=.pkg'],
  ])('that is malformed is refused: %s', (sent) => {
    expect(refusal(() => filenameOf(`filename="${sent}"`))).toEqual(refusedName);
  });
});

describe('a name', () => {
  it.each([
    ['"a%2Fb.pkg"', 'a%2Fb.pkg'],
    ['"100%.pkg"', '100%.pkg'],
    ['"%2522.pkg"', '%2522.pkg'],
    ['"a%0ab%0d.pkg"', 'a\nb\r.pkg'],
    ['a%22b.pkg', 'a%22b.pkg'],
    ['"a;b=c.pkg"', 'a;b=c.pkg'],
    ['""', ''],
    ['', ''],
  ])('in %s is %j', (value, name) => {
    expect(filenameOf(`filename=${value}`)).toBe(name);
  });

  it.each(['caf\xe9.pkg', 'caf\xe8.pkg', '\x93\xfa\x96\x7b.pkg', 'cut\xc3', 'surrogate\xed\xa0\x80', 'overlong\xc0\xaf'])(
    'that is not UTF-8 is refused and shown: %j',
    (name) => {
      const attempt = () => filenameOf(Buffer.from(`filename="${name}"`, 'latin1'));
      expect(refusal(attempt)).toEqual(refusedName);
      expect(attempt).toThrow(/is not UTF-8: .*\\x[0-9a-f]{2}/);
    },
  );

  it('keeps a byte order mark, for whoever checks it', () => {
    expect(filenameOf('filename="\ufeffa.pkg"')).toBe('\ufeffa.pkg');
  });
});

describe('a head is refused', () => {
  it.each<[what: string, lines: readonly string[], refusal: readonly (string | undefined)[]]>([
    ['without Content-Disposition', ['Content-Type: text/plain'], ['COMMON_REQUEST_INVALID', '/']],
    ['without any line', [''], ['COMMON_REQUEST_INVALID', '/']],
    ['of another disposition', ['Content-Disposition: attachment; name="file"'], ['COMMON_REQUEST_INVALID', '/']],
    ['without a name', ['Content-Disposition: form-data'], ['COMMON_REQUEST_INVALID', '/']],
    ['of a file without a name', ['Content-Disposition: form-data; filename="a.pkg"'], ['COMMON_REQUEST_INVALID', '/file']],
    ['with two of them', ['Content-Disposition: form-data; name=a', 'Content-Disposition: form-data; name=b'], malformed],
    ['with two names', ['Content-Disposition: form-data; name="a"; name="b"'], malformed],
    ['with two file names', ['Content-Disposition: form-data; name="file"; filename="a.pkg"; Filename="b.pkg"'], malformed],
    ['with an open quote', ['Content-Disposition: form-data; name="file'], malformed],
    ['with something behind a quote', ['Content-Disposition: form-data; name="file"x'], malformed],
    ['with a quote within', ['Content-Disposition: form-data; name="file"; filename="a"b".pkg"'], malformed],
    ['with a line that is no header', ['Content-Disposition: form-data; name="a"', 'nonsense'], malformed],
    ['with a header without a name', [': x', 'Content-Disposition: form-data; name="a"'], malformed],
    ['with many headers', Array.from({ length: 40 }, (_, index) => `X-${index}: y`), malformed],
    [
      'compressed',
      ['Content-Disposition: form-data; name="file"; filename="a.pkg"', 'Content-Encoding: GZIP'],
      ['COMMON_CONTENT_ENCODING_UNSUPPORTED', '/file'],
    ],
    ...['base64', 'Quoted-Printable', 'x-uuencode', ' gzip '].map(
      (encoding) =>
        [
          `in ${encoding}`,
          ['Content-Disposition: form-data; name="stage"', `Content-Transfer-Encoding: ${encoding}`],
          ['COMMON_CONTENT_ENCODING_UNSUPPORTED', '/stage'],
        ] as [string, string[], string[]],
    ),
    [
      'with parts of its own',
      ['Content-Type: Multipart/Mixed; boundary=x', 'Content-Disposition: form-data; name="file"'],
      ['COMMON_CONTENT_ENCODING_UNSUPPORTED', '/file'],
    ],
  ])('%s', (_what, lines, expected) => {
    expect(refusal(() => read(...lines))).toEqual(expected);
  });

  it('though a field whose name is not UTF-8 is no file', () => {
    const head = Buffer.from('Content-Disposition: form-data; name="caf\xe9"', 'latin1');
    expect(refusal(() => readPartHead(head))).toEqual(['COMMON_REQUEST_INVALID', '/']);
  });

  it('nor for the Content-Encoding identity', () => {
    expect(read('Content-Disposition: form-data; name="a"', 'Content-Encoding: identity').name).toBe('a');
  });

  it.each(['binary', '7bit', '8BIT', ''])('but not for the Content-Transfer-Encoding %j', (encoding) => {
    expect(read('Content-Disposition: form-data; name="a~/b"', `Content-Transfer-Encoding: ${encoding}`).name).toBe('a~/b');
  });
});
