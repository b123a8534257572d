import { expect, test } from 'vitest';
import { isForwarded } from '../src/authorizer.ts';

test.each<[string, Record<string, string>, string, boolean]>([
  ['a program of this machine', { host: '127.0.0.1' }, '1.1', false],
  ['a proxy that names the client', { host: '127.0.0.1', 'x-forwarded-for': '192.0.2.9' }, '1.1', true],
  ['nginx with nothing but proxy_pass', { host: '127.0.0.1', connection: 'close' }, '1.0', true],
])('a request of %s', (_whose, headers, httpVersion, forwarded) => {
  expect(isForwarded({ headers, raw: { httpVersion } })).toBe(forwarded);
});
