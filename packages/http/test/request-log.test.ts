import { OdstError } from '@odst/kernel';
import { createLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

/** The lines that a request leaves in the log. */
async function linesOf(url: string): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } });
  const app = buildHttpApp({ logger, readiness: () => ({}) });
  app.get('/fine', async () => 'fine');
  app.get('/refused', async () => {
    throw new OdstError('COMMON_REQUEST_INVALID', `a reason, ${'long '.repeat(1_000)}`);
  });
  app.get('/away', async () => {
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'sync cannot be reached');
  });
  app.get('/on-its-way', async () => {
    throw new OdstError('STORAGE_DOWNLOAD_PENDING', 'half of it is here');
  });
  app.get<{ Params: { what: string } }>('/quiet/:what', { config: { quiet: true } }, async (request) => {
    if (request.params.what === 'refused') throw new OdstError('COMMON_ACCESS_DENIED', 'not you');
    return 'again';
  });
  app.get('/defect', async () => {
    throw new TypeError('undefined is no function');
  });
  await app.inject(url);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a request is one line', async () => {
  expect(await linesOf('/fine?token=planted')).toEqual([
    expect.objectContaining({
      level: 'info',
      method: 'GET',
      url: '/fine?token=[secret]',
      remoteAddress: '127.0.0.1',
      status: 200,
    }),
  ]);
});

test('a refusal says why, within bounds', async () => {
  const [line, ...more] = await linesOf('/refused');
  expect(line).toMatchObject({
    level: 'info',
    status: 422,
    code: 'COMMON_REQUEST_INVALID',
    reason: expect.stringMatching(/^a reason/),
  });
  expect(String(line?.['reason']).length).toBeLessThan(400);
  expect(more).toEqual([]);
});

test('what this server could not do is a warning', async () => {
  expect(await linesOf('/away')).toMatchObject([{ level: 'warn', status: 503, reason: 'sync cannot be reached' }]);
});

test('what a server that is well answers is no warning, whatever its status', async () => {
  expect(await linesOf('/on-its-way')).toMatchObject([{ level: 'info', status: 503, code: 'STORAGE_DOWNLOAD_PENDING' }]);
});

test('a defect is an error with its stack', async () => {
  expect(await linesOf('/defect')).toMatchObject([
    { level: 'error', err: { type: 'TypeError', stack: expect.stringContaining('request-log.test.ts') } },
    { level: 'warn', status: 500, code: 'COMMON_INTERNAL' },
  ]);
});

test('a route that is asked all the time leaves a line where it refuses only', async () => {
  expect(await linesOf('/quiet/fine')).toEqual([]);
  expect(await linesOf('/quiet/refused')).toMatchObject([{ level: 'info', status: 403 }]);
});

test('whoever asks for health leaves no line', async () => {
  expect(await linesOf('/healthz')).toEqual([]);
});
