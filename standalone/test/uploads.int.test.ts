import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { registrationEventCodec } from '@odst/contracts/registration';
import { createPostgresEventStore } from '@odst/event-store-postgres';
import type { Stage } from '@odst/kernel';
import { createPool } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { type RecordedSpan, recordSpans } from '@odst/telemetry/record-spans';
import { eventually } from '@odst/testing';
import { afterAll, expect, test } from 'vitest';
import { authorization, basic, startServer } from './support/in-process-server.ts';

const recorder = recordSpans();
afterAll(() => recorder[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

function upload(url: string, headers: Headers, stage: string, fileFirst = false): Promise<Response> {
  const form = new FormData();
  if (!fileFirst) form.append('stage', stage);
  form.append('file', new Blob(['an installer package']), 'Tool.pkg');
  if (fileFirst) form.append('stage', stage);
  return fetch(`${url}/api/admin/upload`, { method: 'POST', body: form, headers });
}

/** The calls that a request made in a trace, directly and by those who answered it; not what its events led to. */
function callsOf(traceId: string): readonly string[] {
  const spans = recorder.spans().filter((span) => span.traceId === traceId);
  const causeOf = (span: RecordedSpan) => spans.find(({ spanId }) => spanId === span.parentSpanId);
  const isOfRequest = (span: RecordedSpan | undefined): boolean =>
    span === undefined || (['client', 'server'].includes(span.kind) && isOfRequest(causeOf(span)));
  return spans.filter((span) => span.kind === 'client' && isOfRequest(span)).map(({ name }) => name.split('/').at(-1) ?? '');
}

test('an upload makes four calls between services until it is answered, the first one of a server too', async () => {
  await using server = await startServer();
  const traceId = randomBytes(16).toString('hex');
  const answer = await upload(server.url, { authorization, traceparent: `00-${traceId}-b7ad6b7169203331-01` }, 'Prod');
  expect(answer.status).toBe(201);
  await eventually(() => recorder.spans().some((span) => span.traceId === traceId && span.name === 'POST /api/admin/upload'));
  expect(callsOf(traceId).toSorted()).toEqual(['Authorize', 'GetServer', 'RegisterUpload', 'SignStatement']);
});

/** How often each event was recorded by a service. */
async function countEvents(databaseUrl: string, service: string): Promise<ReadonlyMap<string, number>> {
  const pool = createPool(databaseUrl, { applicationName: 'test', logger: createSilentLogger(), schema: service });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => pool.end());
  const store = stack.use(createPostgresEventStore({ pool, schema: service }));
  const counts = new Map<string, number>();
  for (const { type } of await store.readAll(0n, 10_000)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

test.each([30, 100])('%d uploads of one name at once all succeed, and leave nothing to take effect later', async (count) => {
  await using server = await startServer();
  const replace = (content: string) => {
    const form = new FormData();
    form.append('stage', 'Prod');
    form.append('replace', 'true');
    form.append('file', new Blob([content]), 'Tool.pkg');
    return fetch(`${server.url}/api/admin/upload`, { method: 'POST', body: form, headers: { authorization } });
  };
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => replace(`installer ${index}`)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect((await countEvents(server.databaseUrl, 'catalog')).get('PackageUploaded')).toBe(count);
  // What the sweep finishes is completed and neither accepted nor discarded.
  const uploads = await countEvents(server.databaseUrl, 'storage');
  expect([uploads.get('UploadCompleted'), uploads.get('UploadAccepted')]).toEqual([count, count]);
});

/** Adds an account with the admin's password, as no command makes accounts yet. */
async function addAccount(databaseUrl: string, username: string, stages: readonly Stage[]): Promise<Headers> {
  const pool = createPool(databaseUrl, { applicationName: 'test', logger: createSilentLogger(), schema: 'registration' });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => pool.end());
  const store = stack.use(createPostgresEventStore({ pool, schema: 'registration' }));
  const [admin] = await store.readStream('account-admin');
  if (admin === undefined) throw new Error('there is no admin');
  const created = registrationEventCodec.decode(admin);
  if (created.type !== 'AccountCreated') throw new Error('the admin was not created');
  const event = { ...created, data: { ...created.data, username, role: 'promoter', stages: [...stages] } };
  const { metadata } = admin;
  await store.append({
    stream: `account-${username}`,
    expectedVersion: 0,
    events: [registrationEventCodec.encode(event)],
    metadata: { ...metadata, commandId: username },
  });
  return { authorization: basic(username, 'ods1234!') };
}

test('an account that is limited to stages uploads and promotes to these only', async () => {
  await using server = await startServer();
  const eva = await addAccount(server.databaseUrl, 'eva', ['Dev', 'Test']);
  await eventually(async () => (await fetch(`${server.url}/api/admin/packages`, { headers: eva })).status === 200);
  const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

  for (const fileFirst of [false, true]) {
    const refused = await upload(server.url, eva, 'Prod', fileFirst);
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'COMMON_ACCESS_DENIED']);
  }
  for (const folder of ['blobs', 'staging']) expect(await readdir(join(server.dataDir, folder))).toEqual([]);
  expect((await upload(server.url, eva, 'Dev', true)).status).toBe(201);

  const change = (stage: string) =>
    fetch(`${server.url}/api/v1/packages/1`, {
      method: 'PATCH',
      body: JSON.stringify({ stage }),
      headers: { ...eva, 'content-type': 'application/json' },
    });
  const refused = await change('Prod');
  expect([refused.status, await codeOf(refused)]).toEqual([403, 'COMMON_ACCESS_DENIED']);
  const changed = await change('Test');
  expect([changed.status, await changed.json()]).toMatchObject([200, { stage: 'Test' }]);
});
