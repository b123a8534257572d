import { expect, test } from 'vitest';
import { longestHeadBytes, parseResponseHead } from '../src/response-head.ts';

const head = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nX-Two: a\r\nx-two:b \r\n\r\n';

test('a head is read when all of it is there, and not before', () => {
  for (let length = 0; length < head.length; length += 1) {
    expect(parseResponseHead(Buffer.from(head.slice(0, length)))).toBeUndefined();
  }
  const parsed = parseResponseHead(Buffer.from(`${head}bytes`));
  expect(parsed).toMatchObject({ statusCode: 206, length: head.length });
  expect(Object.fromEntries(parsed?.headers ?? [])).toEqual({ 'content-length': '5', 'x-two': 'a, b' });
});

test('a head without words after the status, and one of a refusal, are read too', () => {
  expect(parseResponseHead(Buffer.from('HTTP/1.1 206\r\n\r\n'))?.statusCode).toBe(206);
  expect(parseResponseHead(Buffer.from('HTTP/1.1 503 \r\nretry-after: 1\r\n\r\n'))?.statusCode).toBe(503);
});

test.each([
  ['another version', 'HTTP/1.0 200 OK\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a header without a name', 'HTTP/1.1 206 x\r\n: 5\r\n\r\n'],
  ['a name with a space behind it', 'HTTP/1.1 206 x\r\nContent-Length : 5\r\n\r\n'],
  ['a folded header', 'HTTP/1.1 206 x\r\na: b\r\n c\r\n\r\n'],
])('%s is refused', (_, text) => {
  expect(() => parseResponseHead(Buffer.from(text))).toThrow();
});

test('a head without an end is refused when it is too long', () => {
  expect(() => parseResponseHead(Buffer.alloc(longestHeadBytes, 'a'))).toThrow(String(longestHeadBytes));
});
