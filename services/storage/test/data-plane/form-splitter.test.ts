import { isOdstError } from '@odst/kernel';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFormSplitter } from '../../src/data-plane/form-splitter.ts';

type Part = { head: string; body: string };

/** The parts of a form that comes in these blocks, or the code it is refused with. */
function split(blocks: readonly Buffer[], boundary = 'abc'): readonly Part[] | string {
  const parts: Part[] = [];
  const splitter = createFormSplitter(boundary, (piece) => {
    if (piece.type === 'head') parts.push({ head: piece.bytes.toString('latin1'), body: '' });
    const last = parts.at(-1);
    if (piece.type === 'body' && last !== undefined) last.body += piece.bytes.toString('latin1');
  });
  try {
    for (const block of blocks) splitter.push(block);
    splitter.end();
    return parts;
  } catch (error) {
    if (isOdstError(error)) return error.code;
    throw error;
  }
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const whole = (text: string) => split([latin1(text)]);
const bytewise = (text: string) => split([...text].map(latin1));
const form = (parts: readonly Part[]) =>
  `${parts.map(({ head, body }) => `--abc\r\n${head}\r\n\r\n${body}\r\n`).join('')}--abc--\r\n`;

describe('a form', () => {
  it('is the same however it is cut into blocks, with anything in its bodies but its boundary', () => {
    const bits = fc.constantFrom('\r', '\n', '\r\n', '-', '--', '--ab', '\r\n--ab', '\r\n--', 'abc', 'x', '\0', '\xff');
    const body = fc.array(bits, { maxLength: 12 }).map((some) => some.join(''));
    const bodies = fc.array(
      body.filter((text) => !`\r\n${text}\r\n`.includes('\r\n--abc')),
      { maxLength: 4 },
    );
    const cuts = fc.array(fc.nat(20), { maxLength: 60 });
    fc.assert(
      fc.property(bodies, cuts, (texts, sizes) => {
        const parts = texts.map((text, index) => ({ head: `X: ${index}`, body: text }));
        let rest = latin1(form(parts));
        const blocks = sizes.map((size) => {
          const block = rest.subarray(0, size);
          rest = rest.subarray(size);
          return block;
        });
        expect(split([...blocks, rest])).toEqual(parts);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['before it', `preamble\r\nof lines\r\n${form([{ head: 'X: y', body: 'z' }])}`],
    ['behind it', `${form([{ head: 'X: y', body: 'z' }])}epilogue\r\n--abc\r\n`],
    ['behind it on the same line', `${form([{ head: 'X: y', body: 'z' }]).trimEnd()} \t`],
    ['and white space behind its boundaries', '--abc \t \r\nX: y\r\n\r\nz\r\n--abc--'],
  ])('may have something %s', (_where, text) => {
    expect(whole(text)).toEqual([{ head: 'X: y', body: 'z' }]);
    expect(bytewise(text)).toEqual([{ head: 'X: y', body: 'z' }]);
  });

  it('may have parts without a header, without a body, or no part', () => {
    expect(bytewise('--abc\r\n\r\nz\r\n--abc--')).toEqual([{ head: '', body: 'z' }]);
    expect(bytewise(form([{ head: 'X: y', body: '' }]))).toEqual([{ head: 'X: y', body: '' }]);
    expect(bytewise('--abc--')).toEqual([]);
    expect(split([])).toEqual([]);
  });
});

describe('a form that breaks off', () => {
  const text = form([
    { head: 'X: y', body: 'first' },
    { head: 'X: z', body: 'second\r\nline' },
  ]).trimEnd();

  it('anywhere is truncated, which sending it again may mend', () => {
    for (let length = 1; length < text.length; length += 1) {
      expect([length, whole(text.slice(0, length))]).toEqual([length, 'STORAGE_UPLOAD_TRUNCATED']);
      expect([length, bytewise(text.slice(0, length))]).toEqual([length, 'STORAGE_UPLOAD_TRUNCATED']);
    }
  });
});

describe('a form is malformed', () => {
  const crlf = form([
    { head: 'A: b\r\nX: y', body: 'first' },
    { head: 'X: z', body: 'second' },
  ]);

  it.each([
    ['all of whose lines end with LF', crlf.replaceAll('\r\n', '\n')],
    ['all of whose lines end with CR', crlf.replaceAll('\r\n', '\r')],
    ['whose headers end with LF', crlf.replace('A: b\r\n', 'A: b\n')],
    ['whose boundaries end with LF', crlf.replaceAll('--abc\r\n', '--abc\n')],
    ['whose last line begins behind LF alone', crlf.replace('\r\n--abc--', '\n--abc--')],
    ['whose parts have LF from the second on', crlf.slice(0, 30) + crlf.slice(30).replaceAll('\r\n', '\n')],
    ['whose first boundary stands behind LF alone', `preamble\n${crlf}`],
    ['that begins with LF', `\n${crlf}`],
    ['that begins with a byte order mark', `\xef\xbb\xbf${crlf}`],
    ['with LF behind a preamble', `preamble\n${crlf.replaceAll('\r\n', '\n')}`],
    ['of another boundary', crlf.replaceAll('abc', 'xyz')],
    ['that is none', 'no form at all'],
    ['with more behind its boundary', crlf.replace('--abc\r\n', '--abcdef\r\n')],
    ['with a boundary in a head', '--abc\r\nX: y\r\n--abc\r\nX: y\r\n\r\n\r\n--abc--'],
    ['with a head that does not end', `--abc\r\n${'X: y\r\n'.repeat(5_000)}`],
    ['with a long head', `--abc\r\nX: ${'y'.repeat(20_000)}\r\n\r\nz\r\n--abc--`],
    ['with a long line of a boundary', `--abc${' '.repeat(20_000)}\r\n\r\nz\r\n--abc--`],
    ['that is long and none', 'x'.repeat(20_000)],
  ])('%s', (_what, text) => {
    expect(whole(text)).toBe('COMMON_REQUEST_MALFORMED');
    expect(bytewise(text)).toBe('COMMON_REQUEST_MALFORMED');
  });

  it('or too large when it does not end after its end', () => {
    expect(whole(`${crlf}${'x'.repeat(70_000)}`)).toBe('COMMON_CONTENT_TOO_LARGE');
  });
});
