import { createMetrics, createSilentLogger } from '@odst/telemetry';
import { freePort } from '@odst/testing';
import { expect, test } from 'vitest';
import { createReadiness, startHealthServer } from '../src/index.ts';

const metrics = createMetrics({ logger: createSilentLogger() });

test('tells that it is alive, and readiness with a line per dependency', async () => {
  const readiness = createReadiness();
  await using server = await startHealthServer({ host: '127.0.0.1', port: 0, readiness: readiness.snapshot, metrics });
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, body: await response.text() };
  };
  expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
  expect(await get('/readyz')).toEqual({ status: 503, body: '' });
  readiness.set('database', true);
  readiness.set('bus', false, 'no connection');
  expect(await get('/readyz?verbose')).toEqual({ status: 503, body: 'ok database\nfailed bus: no connection\n' });
  readiness.set('bus', true);
  expect(await get('/readyz')).toEqual({ status: 200, body: 'ok database\nok bus\n' });
  expect(await get('//readyz/')).toEqual({ status: 200, body: 'ok database\nok bus\n' });
  expect(await get('/metrics')).toEqual({ status: 200, body: await metrics.page() });
  expect((await get('/metrics', 'POST')).status).toBe(405);
  expect((await get('/secrets')).status).toBe(404);
  expect((await get('/healthz', 'POST')).status).toBe(405);
});

test('frees its port when it is disposed', async () => {
  const readiness = createReadiness();
  // Not one of those that the system gives to connections.
  const port = await freePort();
  const first = await startHealthServer({ host: '127.0.0.1', port, readiness: readiness.snapshot, metrics });
  await first[Symbol.asyncDispose]();
  await using second = await startHealthServer({ host: '127.0.0.1', port, readiness: readiness.snapshot, metrics });
  expect(second.port).toBe(port);
});

test('goes on when the page of the metrics cannot be made', async () => {
  const broken = {
    contentType: metrics.contentType,
    page: async () => {
      throw new Error('a label is missing');
    },
  };
  await using server = await startHealthServer({ host: '127.0.0.1', port: 0, readiness: () => ({}), metrics: broken });
  const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'Error: a label is missing\n']);
  expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
});
