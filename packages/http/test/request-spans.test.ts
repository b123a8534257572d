import { expect, test } from 'vitest';
import { traceparentOf } from '../src/request-spans.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('the trace of a request is taken over', () => {
  expect(traceparentOf({ headers: { traceparent } })).toBe(traceparent);
});

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['free text', 'password=hunter2'],
  ['of a trace of zeros', traceparent.replace(/-[0-9a-f]{32}-/, `-${'0'.repeat(32)}-`)],
  ['of a parent of zeros', traceparent.replace(/-[0-9a-f]{16}-/, `-${'0'.repeat(16)}-`)],
  ['of the forbidden version', traceparent.replace(/^00/, 'ff')],
  ['in capitals', traceparent.toUpperCase()],
  ['followed by more', `${traceparent}-${'x'.repeat(10_000)}`],
])('a trace that is %s is left out, as it would be published', (_what, value) => {
  expect(traceparentOf({ headers: value === undefined ? {} : { traceparent: value } })).toBe('');
});
