import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { createLogger, type Logger } from '../src/index.ts';

function capture(): { log: Logger; text: () => string } {
  const written: string[] = [];
  const log = createLogger({ name: 'odst', format: 'text', destination: { write: (line) => written.push(line) } });
  return { log, text: () => written.join('') };
}

test('writes a line a person reads: time, what happened, and the facts', () => {
  const { log, text } = capture();
  log.info({ dataDir: '/srv/odst', files: 54, reason: 'first start' }, 'migrated the database');
  expect(text()).toMatch(/^\d\d:\d\d:\d\d migrated the database \(dataDir=\/srv\/odst, files=54, reason="first start"\)\n$/);
});

test('shows warnings as such, and which service they come from', () => {
  const { log, text } = capture();
  log.child({ service: 'sync' }).warn({ peer: 'ab12' }, 'the peer does not answer');
  expect(text().slice(9)).toBe('WARN  sync: the peer does not answer (peer=ab12)\n');
});

test('tells an expected error and its causes in the same line', () => {
  const { log, text } = capture();
  const err = new OdstError('COMMON_SERVICE_UNAVAILABLE', 'sync is away', {}, { cause: new Error('ECONNREFUSED') });
  log.warn({ err }, 'asking again');
  expect(text().slice(9)).toBe('WARN  asking again: sync is away: ECONNREFUSED\n');
});

test('tells where a defect was thrown, in lines of its own', () => {
  const { log, text } = capture();
  log.error({ err: new TypeError('no such thing') }, 'failed');
  const [first, second] = text().split('\n');
  expect(first?.slice(9)).toBe('ERROR failed: no such thing');
  expect(second).toMatch(/^ {4}at .*log-text[.]test[.]ts/);
});

test('writes no secret', () => {
  const { log, text } = capture();
  log.warn({ password: 'planted-1', err: new Error('postgres://odst:planted-2@db/odst') }, 'no');
  expect(text()).not.toContain('planted');
});

test('shows what would move the cursor or colour the terminal as an escape', () => {
  const { log, text } = capture();
  log.info({ filename: 'a\u001b[2J.pkg' }, 'uploaded \u001b[31m\nfake: line');
  expect(text().slice(9)).toBe('uploaded \\u001b[31m\\u000afake: line (filename=a\\u001b[2J.pkg)\n');
});
