import { OdstError } from '@odst/kernel';
import { afterAll, expect, test } from 'vitest';
import { activeTraceId, activeTraceparent, createLogger, inSpan, requestInSpan, streamInSpan } from '../../src/index.ts';
import { type RecordedSpan, recordSpans } from '../../src/traces/record-spans.ts';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const recorder = recordSpans();
afterAll(() => recorder[Symbol.asyncDispose]());

const named = (name: string): RecordedSpan | undefined => recorder.spans().find((span) => span.name === name);

test('a span goes on with the trace of its parent, and those inside go on with it', async () => {
  await inSpan({ name: 'outer', kind: 'server', parent }, async () => {
    await Promise.resolve();
    await inSpan({ name: 'inner' }, async () => expect(activeTraceId()).toBe('0af7651916cd43dd8448eb211c80319c'));
  });
  expect(named('outer')).toMatchObject({
    kind: 'server',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
  });
  expect(named('inner')).toMatchObject({
    kind: 'internal',
    traceId: named('outer')?.traceId,
    parentSpanId: named('outer')?.spanId,
  });
  expect(activeTraceparent()).toBe('');
});

test('a parent that is none begins a trace, also inside of another span', async () => {
  await inSpan({ name: 'around' }, () => inSpan({ name: 'apart', parent: 'none' }, async () => undefined));
  expect(named('apart')?.parentSpanId).toBe('');
  expect(named('apart')?.traceId).not.toBe(named('around')?.traceId);
});

test('what its caller does not record is not recorded, and keeps its trace', async () => {
  const unsampled = parent.replace(/01$/, '00');
  await inSpan({ name: 'unseen', parent: unsampled }, async () => expect(activeTraceparent()).toMatch(/^00-0af7.*-00$/));
  expect(named('unseen')).toBeUndefined();
});

test('work that fails is told by the code of its error, never by what the error says', async () => {
  const fail = (name: string, error: Error) => inSpan({ name }, () => Promise.reject(error)).catch(() => undefined);
  await fail('defect', new TypeError('no postgres://odst:planted@db'));
  await fail('away', new OdstError('COMMON_DATABASE_UNAVAILABLE', 'planted'));
  await fail('refused', new OdstError('COMMON_ACCESS_DENIED', 'planted'));
  expect(named('defect')).toMatchObject({ failed: true, attributes: { 'error.type': 'TypeError' } });
  expect(named('away')).toMatchObject({ failed: true, attributes: { 'error.type': 'COMMON_DATABASE_UNAVAILABLE' } });
  expect(named('refused')).toMatchObject({ failed: false, attributes: { 'error.type': 'COMMON_ACCESS_DENIED' } });
  expect(JSON.stringify(recorder.spans())).not.toContain('planted');
});

test('values of attributes are cut', async () => {
  await inSpan({ name: 'long', attributes: { what: 'x'.repeat(10_000) } }, async () => undefined);
  expect(named('long')?.attributes['what']).toHaveLength(300);
});

test('a stream is a span to its end, within which it works and its reader does not', async () => {
  async function* count() {
    for (const _step of [1, 2]) yield activeTraceparent();
  }
  const seen: string[] = [];
  for await (const inside of streamInSpan({ name: 'stream' }, count)) {
    seen.push(inside);
    expect(activeTraceparent()).toBe('');
    expect(named('stream')).toBeUndefined();
  }
  expect(new Set(seen)).toEqual(new Set([`00-${named('stream')?.traceId}-${named('stream')?.spanId}-01`]));
});

test('a stream that its reader leaves is ended, and so is its span', async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) yield 'more';
    } finally {
      ended = true;
    }
  }
  for await (const _more of streamInSpan({ name: 'left' }, endless)) break;
  expect([ended, named('left')?.failed]).toEqual([true, false]);
});

test('a request to another server carries the trace, and its span neither query nor digest', async () => {
  const url = new URL(`http://peer.example/api/ods/v1/blobs/${'ab'.repeat(32)}?token=planted`);
  const sent = await requestInSpan(
    { method: 'GET', url },
    async (headers) => headers,
    () => 206,
  );
  const span = named('GET /api/ods/v1/blobs/:sha256');
  expect(sent).toEqual({ traceparent: `00-${span?.traceId}-${span?.spanId}-01` });
  expect(span).toMatchObject({
    kind: 'client',
    attributes: { 'http.response.status_code': 206, 'server.address': 'peer.example' },
  });
  expect(JSON.stringify(span)).not.toContain('planted');
});

test('a line that is logged inside a span has the id of its trace, and no other has one', async () => {
  const lines: string[] = [];
  const log = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } });
  await inSpan({ name: 'logging', parent }, async () => log.info('inside'));
  log.info('outside');
  const [inside, outside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(inside).toMatchObject({ msg: 'inside', traceid: '0af7651916cd43dd8448eb211c80319c' });
  expect(outside).not.toHaveProperty('traceid');
});
