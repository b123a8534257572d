import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type RecordedSpan, recordSpans } from '@odst/telemetry/record-spans';
import { eventually, hasKafka, sharedKafka } from '@odst/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { authorization, startServer } from './support/in-process-server.ts';

const recorder = recordSpans();
afterAll(() => recorder[Symbol.asyncDispose]());

const callerSpan = 'b7ad6b7169203331';

/** A trace that a client begins, and sends along. */
function beginTrace() {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, headers: { authorization, traceparent: `00-${traceId}-${callerSpan}-01` } };
}

/** Uploads a package of stage Test and gives its id. */
async function upload(url: string, headers: Record<string, string>): Promise<number> {
  const form = new FormData();
  form.append('stage', 'Test');
  form.append('file', new Blob(['an installer package']), 'Tool.pkg');
  const answer = await fetch(`${url}/api/admin/upload`, { method: 'POST', body: form, headers });
  expect(answer.status).toBe(201);
  const list = await fetch(`${url}/api/admin/packages`, { headers });
  const { items } = (await list.json()) as { items: { id: number }[] };
  return items[0]?.id ?? Number.NaN;
}

async function promote(url: string, id: number, headers: Record<string, string>): Promise<void> {
  const body = JSON.stringify({ stage: 'Prod' });
  const typed = { ...headers, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v1/packages/${id}`, { method: 'PATCH', body, headers: typed });
  expect(answer.status).toBe(200);
}

async function events(url: string): Promise<readonly { readonly type: string; readonly traceparent?: string }[]> {
  const page = await fetch(`${url}/api/v1/events?after=0`, { headers: { authorization } });
  return ((await page.json()) as { items: { type: string; traceparent?: string }[] }).items;
}

const spansOf = (traceId: string) => recorder.spans().filter((span) => span.traceId === traceId);

/** What led to a span, from the client on: kind and name of each. */
function pathTo(span: RecordedSpan): readonly string[] {
  const cause = spansOf(span.traceId).find(({ spanId }) => spanId === span.parentSpanId);
  return [...(cause === undefined ? [`parent ${span.parentSpanId}`] : pathTo(cause)), `${span.kind} ${span.name}`];
}

/** Waits for the span at the end of a path through the services; another path to a span of that name does not count. */
function spanAt(traceId: string, path: readonly string[]): Promise<RecordedSpan> {
  const whole = [`parent ${callerSpan}`, ...path];
  return eventually(() => spansOf(traceId).find((span) => isDeepStrictEqual(pathTo(span), whole)), 20_000);
}

const changePackage = 'odst.catalog.v1.PackagesService/ChangePackage';
const registerUpload = 'odst.catalog.v1.PackagesService/RegisterUpload';

describe.each([
  { name: 'PostgreSQL', available: true, settings: async () => ({}) },
  {
    name: 'Kafka',
    available: await hasKafka(),
    settings: async () => ({ KAFKA_BROKERS: await sharedKafka(), KAFKA_TOPIC_PREFIX: 'traces' }),
  },
])('with $name as the bus', ({ available, settings }) => {
  test.skipIf(!available)('a request is one trace, over gRPC and the bus, to the reactions of other services', async () => {
    await using server = await startServer(await settings());

    const uploaded = beginTrace();
    const id = await upload(server.url, uploaded.headers);
    const uploading = ['server POST /api/admin/upload'];
    const stored = [...uploading, 'internal append storage', 'consumer process odst.storage.v1'];
    await spanAt(uploaded.traceId, [...stored, 'internal react catalog.blobs']);
    const registering = [...uploading, `client ${registerUpload}`, `server ${registerUpload}`];
    const registered = [...registering, 'internal append catalog', 'consumer process odst.catalog.v1'];
    await spanAt(uploaded.traceId, [...registered, 'internal react sync.feed']);

    const patched = beginTrace();
    await promote(server.url, id, patched.headers);
    const changing = ['server PATCH /api/v1/packages/:id', `client ${changePackage}`, `server ${changePackage}`];
    const appended = [...changing, 'internal append catalog'];
    const append = await spanAt(patched.traceId, appended);
    expect(append.attributes).toMatchObject({ 'odst.events': expect.stringContaining('PackagePromoted') });
    await spanAt(patched.traceId, [...appended, 'producer publish odst.catalog.v1']);
    await spanAt(patched.traceId, [...appended, 'consumer process odst.catalog.v1', 'internal react sync.feed']);
    const groups = () => spansOf(patched.traceId).map(({ attributes }) => attributes['messaging.consumer.group.name']);
    await eventually(() => ['gateway.event-feed', 'sync.feed'].every((group) => groups().includes(group)));
    expect(spansOf(patched.traceId).filter(({ failed }) => failed)).toEqual([]);

    const event = await eventually(async () => (await events(server.url)).findLast(({ type }) => /PackagePromoted/.test(type)));
    expect(event.traceparent).toBe(`00-${patched.traceId}-${append.spanId}-01`);
  });
});

test('what nobody asked for begins a trace at its event, a start at its call to itself, and sweeps and checks begin none', () => {
  const begins = recorder.spans().filter(({ parentSpanId }) => parentSpanId === '');
  const names = new Set(begins.map(({ kind, name }) => `${kind} ${name}`));
  expect([...names].sort()).toEqual([
    'client POST /api/ods/v1/peers',
    'internal append registration',
    'server GET /api/v1/events',
  ]);
});
