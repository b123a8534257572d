import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { createLogger, createSilentLogger, type Logger } from '../src/index.ts';

function capture(options: { level?: 'info' | 'warn'; debug?: boolean } = {}): {
  log: Logger;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  const written: string[] = [];
  const log = createLogger({ name: 'test', ...options, destination: { write: (line) => written.push(line) } });
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>), text: () => written.join('') };
}

test('writes one JSON object a line, with name, level in words and RFC 3339 time', () => {
  const { log, lines, text } = capture();
  log.info({ blob: 'ab' }, 'verified');
  expect(lines()).toMatchObject([{ name: 'test', level: 'info', blob: 'ab', msg: 'verified' }]);
  expect(lines()[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(text().endsWith('}\n')).toBe(true);
});

test('is quiet below its level, and verbose when debug is asked for', () => {
  const quiet = capture({ level: 'warn' });
  quiet.log.info('no');
  expect(quiet.lines()).toEqual([]);
  const verbose = capture({ level: 'warn', debug: true });
  verbose.log.debug('yes');
  expect(verbose.lines()).toHaveLength(1);
});

test('writes no secret, whether it stands in a field, in a header or deeper', () => {
  const { log, text } = capture();
  log.info(
    {
      password: 'planted-1',
      peer: { sharedKey: 'planted-2' },
      req: { headers: { authorization: 'planted-3', 'set-cookie': 'planted-4' } },
    },
    'x',
  );
  log.child({ token: 'planted-5' }).info('y');
  expect(text()).not.toContain('planted');
  expect(text()).toContain('[secret]');
});

test('writes no secret that an error message carries', () => {
  const { log, text } = capture();
  log.error(new Error('cannot reach postgres://odst:planted-1@db:5432/odst'), 'no');
  log.error({ err: new Error('GET http://a/share/x?token=planted-2&after=3 with Bearer planted-3.aa.bb') }, 'no');
  expect(text()).not.toContain('planted');
  expect(text()).toContain('postgres://odst:[secret]@db:5432/odst');
  expect(text()).toContain('after=3');
});

test('names code, details and cause of an error', () => {
  const { log, lines } = capture();
  log.error(new OdstError('COMMON_INTERNAL', 'broken', { blob: 'ab' }, { cause: new Error('root cause') }), 'failed');
  expect(lines()[0]?.['err']).toMatchObject({
    type: 'OdstError',
    message: 'broken',
    code: 'COMMON_INTERNAL',
    details: { blob: 'ab' },
    stack: expect.stringContaining('logger.test.ts'),
    cause: { type: 'Error', message: 'root cause' },
  });
});

test('leaves out where an error was thrown that the product knows how to tell', () => {
  const { log, lines } = capture();
  log.warn(
    { err: new OdstError('COMMON_SERVICE_UNAVAILABLE', 'sync cannot be reached', {}, { cause: new Error('EPIPE') }) },
    'x',
  );
  expect(lines()[0]?.['err']).toEqual({
    type: 'OdstError',
    code: 'COMMON_SERVICE_UNAVAILABLE',
    message: 'sync cannot be reached',
    cause: { type: 'Error', message: 'EPIPE', stack: expect.stringContaining('logger.test.ts') },
  });
});

test('writes nothing else that hangs on an error, such as the client of a driver', () => {
  const { log, lines, text } = capture();
  const error = Object.assign(new Error('connection lost'), { code: '57P01', client: { settings: 'planted', host: 'db' } });
  log.warn({ err: error }, 'gone');
  log.warn({ err: new Error('outer', { cause: error }) }, 'gone');
  expect(text()).not.toContain('planted');
  expect(Object.keys(lines()[0]?.['err'] as object).sort()).toEqual(['code', 'message', 'stack', 'type']);
});

test('names all errors of several, as a refused connection to each address of a name', () => {
  const { log, lines } = capture();
  log.warn({ err: new AggregateError([new Error('no IPv6'), new Error('no IPv4')], 'no address answered') }, 'unreachable');
  expect(lines()[0]?.['err']).toMatchObject({ type: 'AggregateError', errors: [{ message: 'no IPv6' }, { message: 'no IPv4' }] });
});

test('follows a chain of causes that bites its tail only so far', () => {
  const { log, lines } = capture();
  const first: Error = new Error('first');
  first.cause = new Error('second', { cause: first });
  log.warn({ err: first }, 'loop');
  expect(lines()).toHaveLength(1);
});

test('keeps silent where silence is asked for', () => {
  expect(() => createSilentLogger().error('nothing')).not.toThrow();
  expect(createSilentLogger().level).toBe('silent');
});
