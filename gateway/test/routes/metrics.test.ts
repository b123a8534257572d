import { OdstError } from '@odst/kernel';
import { createMetrics, createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { testApp } from '../test-app.ts';

const refused = async (): Promise<never> => {
  throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
};

test('metrics are there without a login for programs of the same machine', async () => {
  const metrics = createMetrics({ logger: createSilentLogger() });
  metrics.add('odst_upload_bytes_total', {}, 7);
  const app = await testApp({}, { authorize: refused, metrics });
  for (const [remoteAddress, host] of [
    ['127.0.0.1', '127.0.0.1:8080'],
    ['::1', '[::1]:8080'],
    ['::ffff:127.0.0.1', 'localhost:8080'],
  ] as const) {
    const answer = await app.inject({ url: '/metrics', remoteAddress, headers: { host } });
    expect([host, answer.statusCode]).toEqual([host, 200]);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('\nodst_upload_bytes_total 7\n');
  }
});

test('a server that others reach gives nobody metrics without a login, for a proxy may look like a program of its machine', async () => {
  const request = { url: '/metrics', remoteAddress: '127.0.0.1', headers: { host: '127.0.0.1:8080' } };
  const app = await testApp({}, { authorize: refused, localOnly: false });
  expect((await app.inject(request)).statusCode).toBe(401);
  const open = await testApp({}, { localOnly: false });
  expect((await open.inject(request)).statusCode).toBe(200);
});

test.each([
  ['from elsewhere', '192.0.2.7', {}],
  ['through a proxy of the same machine', '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }],
  ['by a page of another site in a browser of the same machine', '127.0.0.1', { host: 'evil.example:8080' }],
] as const)('asked for %s they need a login', async (_what, remoteAddress, headers) => {
  const request = { url: '/metrics', remoteAddress, headers: { host: '127.0.0.1:8080', ...headers } };
  const app = await testApp({}, { authorize: refused });
  expect((await app.inject(request)).statusCode).toBe(401);
  const open = await testApp({});
  expect((await open.inject(request)).statusCode).toBe(200);
});

test('requests are measured by the pattern of their route and the class of their status, and by no name', async () => {
  const metrics = createMetrics({ logger: createSilentLogger() });
  const app = await testApp({}, { metrics });
  await app.inject('/api/v1/projections');
  await app.inject({ method: 'PUT', url: '/api/v1/packages/Secret.pkg' });
  await app.inject('/nothing/Secret.pkg');
  await app.inject({ method: 'POST', url: '/api/v1/dead-letters/Secret.pkg/retry' });
  const page = await metrics.page();
  const counts = [...page.matchAll(/^odst_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)].map(([, labels, count]) => [
    labels,
    count,
  ]);
  expect(counts).toEqual([
    ['method="GET",route="/api/v1/projections",status="2xx"', '1'],
    ['method="PUT",route="unknown",status="4xx"', '1'],
    ['method="GET",route="unknown",status="4xx"', '1'],
    ['method="POST",route="/api/v1/dead-letters/:id/retry",status="4xx"', '1'],
  ]);
  expect(page).not.toContain('Secret');
});
