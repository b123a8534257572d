import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { OdstError } from '@odst/kernel';
import { activeTraceId, createLogger } from '@odst/telemetry';
import { recordSpans } from '@odst/telemetry/record-spans';
import { eventually } from '@odst/testing';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { buildHttpApp } from '../src/index.ts';

const recorder = recordSpans();
afterAll(() => recorder[Symbol.asyncDispose]());

const lines: string[] = [];
const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } });
const app = buildHttpApp({ logger, readiness: () => ({}) });
app.get<{ Params: { name: string } }>('/share/:name', async () => activeTraceId());
const begun: string[] = [];
app.addHook('onRequest', async ({ url }) => void begun.push(url));
app.post('/json', async () => activeTraceId());
app.get('/quiet', { config: { quiet: true } }, async () => activeTraceId());
app.get('/refused', async () => {
  throw new OdstError('COMMON_ACCESS_DENIED', 'not you');
});
app.get('/breaks', async () => {
  throw new TypeError('a defect');
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

/** The span of a request, once it has ended. */
const spanOf = (name: string) => eventually(() => recorder.spans().findLast((span) => span.name === name));

test('a request goes on with the trace that the client names', async () => {
  const answer = await app.inject({ url: '/share/Tool.pkg?token=planted', headers: { traceparent } });
  expect(answer.body).toBe(traceId);
  const span = await spanOf('GET /share/:name');
  expect(span).toMatchObject({ kind: 'server', traceId, parentSpanId: 'b7ad6b7169203331' });
  expect(span.attributes).toEqual({
    'http.request.method': 'GET',
    'http.route': '/share/:name',
    'http.response.status_code': 200,
  });
});

test('a problem names the trace, which the lines of the log have too', async () => {
  const refused = await app.inject({ url: '/refused', headers: { traceparent } });
  expect(refused.json()).toMatchObject({ code: 'COMMON_ACCESS_DENIED', traceid: traceId });
  expect(await spanOf('GET /refused')).toMatchObject({ failed: false, attributes: { 'error.type': 'COMMON_ACCESS_DENIED' } });

  const { traceid } = (await app.inject('/breaks')).json<{ traceid: string }>();
  expect(await spanOf('GET /breaks')).toMatchObject({
    traceId: traceid,
    failed: true,
    attributes: { 'error.type': 'TypeError' },
  });
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['traceid'] === traceid);
  expect(told.map(({ msg }) => msg)).toEqual(['request failed', 'answered']);
});

test('what is asked all the time begins no trace, and goes on with that of its caller', async () => {
  expect((await app.inject('/quiet')).body).toBe('');
  expect((await app.inject({ url: '/quiet', headers: { traceparent } })).body).toBe(traceId);
  await app.inject('/healthz');
  expect(recorder.spans().filter(({ name }) => name.includes('health'))).toEqual([]);
});

test('a path that no route has is not told', async () => {
  await app.inject('/planted-path');
  expect(await spanOf('GET')).toMatchObject({ attributes: { 'http.response.status_code': 404 } });
  expect(JSON.stringify(recorder.spans())).not.toContain('planted');
});

test('a request without a trace begins one, and its handler is in it also when the body comes later', async () => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const sent = request(`${url}/json`, { method: 'POST', headers: { 'content-type': 'application/json' } });
  sent.flushHeaders();
  await eventually(() => begun.includes('/json'));
  sent.end('{"some":"body"}');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const traceId = await text(answer);
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(await spanOf('POST /json')).toMatchObject({ traceId, parentSpanId: '' });
});
