import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { unavailable } from '../src/unavailable.ts';

const withCode = (error: Error, code: string): Error => Object.assign(error, { code });
const refused = withCode(new Error('connect ECONNREFUSED 127.0.0.1:1'), 'ECONNREFUSED');

test.each([
  [new TypeError('fetch failed', { cause: refused }), 'fetch failed: connect ECONNREFUSED 127.0.0.1:1'],
  [
    new TypeError('fetch failed', {
      cause: withCode(new AggregateError([new Error('x'), refused], 'all failed'), 'ECONNREFUSED'),
    }),
    'fetch failed: all failed: connect ECONNREFUSED 127.0.0.1:1',
  ],
  [
    new TypeError('terminated', { cause: withCode(new Error('other side closed'), 'UND_ERR_SOCKET') }),
    'terminated: other side closed (UND_ERR_SOCKET)',
  ],
  [new Error('Connection error: a', { cause: new Error('Connection error: a') }), 'Connection error: a'],
  ['text', 'text'],
])('what lies behind an error is told with it: %o', (error, text) => {
  const told = unavailable('the feed cannot be read', error);
  expect(told).toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE', message: `the feed cannot be read: ${text}` });
  expect(told.cause).toBe(error);
});

test('an error of the product stays what it is', () => {
  const error = new OdstError('COMMON_ACCESS_DENIED', 'no');
  expect(unavailable('x', error)).toBe(error);
});
