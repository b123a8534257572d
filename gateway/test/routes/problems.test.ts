import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { testApp } from '../test-app.ts';

describe('a problem', () => {
  test('of an unknown route is a 404 document', async () => {
    const app = await testApp({});
    const answer = await app.inject('/api/admin/nothing?key=secret');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      code: 'COMMON_ROUTE_UNKNOWN',
      status: 404,
      instance: '/api/admin/nothing',
      title: 'Not found',
    });
    expect(answer.body).not.toContain('secret');
  });

  test.each([
    ['DELETE', '/api/admin/about', 'GET, HEAD, POST'],
    ['PUT', '/api/admin/packages/7', 'GET, HEAD'],
    ['POST', '/api/v1/packages/7', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/api/v1/packages/7/promote', 'POST'],
  ] as const)('of %s %s is 405 with the methods that there are', async (method, url, allow) => {
    const app = await testApp({});
    const answer = await app.inject({ method, url });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow?.split(', ').sort().join(', ')).toBe(allow);
    expect(answer.json()).toMatchObject({ code: 'COMMON_METHOD_NOT_ALLOWED' });
  });

  test('of broken JSON is 400', async () => {
    const app = await testApp({});
    const answer = await app.inject({
      method: 'POST',
      url: '/api/admin/register',
      headers: { 'content-type': 'application/json' },
      payload: '{"url": ',
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'COMMON_REQUEST_MALFORMED' });
  });

  test('of another content type is 415', async () => {
    const app = await testApp({});
    const answer = await app.inject({
      method: 'POST',
      url: '/api/admin/register',
      headers: { 'content-type': 'text/xml' },
      payload: '<peer/>',
    });
    expect(answer.statusCode).toBe(415);
    expect(answer.json()).toMatchObject({ code: 'COMMON_CONTENT_TYPE_UNSUPPORTED' });
  });

  test('of a login asks for one', async () => {
    const listPackages = async () => {
      throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
    };
    const app = await testApp({ packages: { listPackages } });
    const answer = await app.inject('/api/admin/packages');
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Basic');
  });

  test.each([
    ['POST', '/api/admin/about'],
    ['POST', '/api/admin/register'],
    ['PATCH', '/api/v1/packages/1'],
  ] as const)('of a login comes before any word on the body: %s %s', async (method, url) => {
    const authorize = async () => {
      throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
    };
    const app = await testApp({}, { authorize });
    expect((await app.inject({ method, url, payload: '{"broken' })).json()).toMatchObject({ code: 'COMMON_LOGIN_REQUIRED' });
  });

  test('of a defect tells nothing of it', async () => {
    const listPackages = async () => {
      throw new TypeError('password=hunter2');
    };
    const app = await testApp({ packages: { listPackages } });
    const answer = await app.inject('/api/admin/packages');
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'COMMON_INTERNAL' });
    expect(answer.body).not.toContain('hunter2');
  });

  test('that passes says when to come back', async () => {
    const listPackages = async () => {
      throw new OdstError('REGISTRATION_LOGIN_LIMITED', 'slow down', { retryAfterSeconds: 30 });
    };
    const app = await testApp({ packages: { listPackages } });
    expect((await app.inject('/api/admin/packages')).headers['retry-after']).toBe('30');
  });
});

test('readiness has a line per dependency and is 503 while one fails', async () => {
  const parts = { database: { ok: true, detail: '' }, catalog: { ok: false, detail: 'cannot be reached' } };
  const app = await testApp({}, { readiness: () => parts });
  const answer = await app.inject('/readyz');
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toBe('ok database\nfailed catalog: cannot be reached\n');
  expect((await app.inject('/healthz')).statusCode).toBe(200);
});
