import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { startServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';

const plant = () => `planted-${randomBytes(12).toString('hex')}`;

/** Names of the spans that led to one, and who sent each; the first of its trace first. */
function pathTo(span: ReceivedSpan, spans: readonly ReceivedSpan[]): readonly string[] {
  const cause = spans.find(({ spanId, traceId }) => spanId === span.parentSpanId && traceId === span.traceId);
  return [...(cause === undefined ? [] : pathTo(cause, spans)), `${span.service} ${span.name}`];
}

test('a receiver gets an upload as one trace, and a transfer as one that leads through two servers; neither has secrets', async () => {
  const [password, wrongPassword, urlToken, receiverToken] = [plant(), plant(), plant(), plant()];
  await using receiver = await startOtlpReceiver();
  const env = {
    ODST_ADMIN_PASSWORD: password,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${receiverToken}`,
    OTEL_BSP_SCHEDULE_DELAY: '300',
  };
  await using servers = await twoServers({
    a: { env: { ...env, OTEL_SERVICE_NAME: 'a' } },
    b: { env: { ...env, OTEL_SERVICE_NAME: 'b' } },
  });
  const { a, b } = await startFederation(servers);
  await using _a = a;
  await using _b = b;
  const { key } = await b.admin.about();
  const wrong = `Basic ${Buffer.from(`admin:${wrongPassword}`).toString('base64')}`;
  expect((await a.admin.send('/api/admin/packages', { headers: { authorization: wrong } })).status).toBe(401);
  const file = await installerFile(join(servers.path, 'file.pkg'), 3_000_000, 'traces');
  expect((await a.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(b, 'File.pkg', file.sha256);
  expect((await fetch(`${a.url}/share/File.pkg?token=${urlToken}`)).status).toBe(200);
  const registered = 'odst.catalog.v1.PackagesService/RegisterUpload';
  const uploaded = [
    'POST /api/admin/upload',
    registered,
    registered,
    'append catalog',
    'process odst.catalog.v1',
    'react sync.feed',
  ];
  const fetching = ['transfer', 'odst.storage.v1.BlobsService/FetchBlob', 'odst.storage.v1.BlobsService/FetchBlob'].map(
    (name) => `b ${name}`,
  );
  const range = 'GET /api/ods/v1/blobs/:sha256';
  const wanted = [
    uploaded.map((name) => `a ${name}`),
    [...fetching, `b ${range}`, `a ${range}`],
    [...fetching, `b append storage`, `b process odst.storage.v1`, `b react catalog.blobs`],
  ].map((path) => path.join(' > '));
  // A server that stops on a slow machine may have no time for what it has not sent.
  await eventually(() => {
    const spans = receiver.spans();
    const paths = [...new Set(spans.map((span) => pathTo(span, spans).join(' > ')))];
    expect(paths).toEqual(expect.arrayContaining(wanted));
    for (const asked of ['POST /api/ods/v1/peers', 'GET /api/ods/v1/changes']) {
      expect(paths.filter((path) => path.endsWith(`a ${asked} > b ${asked}`))).not.toEqual([]);
    }
    return spans.some(({ name }) => name === 'GET /share/*');
  }, 60_000);
  expect([await a.stop(), await b.stop()]).toEqual([0, 0]);
  const spans = receiver.spans();

  expect(new Set(receiver.requests.map(({ headers }) => headers['authorization']))).toEqual(new Set([`Bearer ${receiverToken}`]));
  const sent = Buffer.concat(receiver.requests.map(({ body }) => body)).toString('latin1');
  // What is no secret is found there, so what is would be too.
  expect(sent.includes('GET /share/*')).toBe(true);
  const secrets = [
    password,
    wrongPassword,
    urlToken,
    receiverToken,
    key,
    ...[password, wrongPassword].map((it) => btoa(`admin:${it}`)),
  ];
  expect(secrets.filter((secret) => sent.includes(secret))).toEqual([]);
  for (const server of [a, b]) {
    expectNoErrors(server.log());
    expect(server.log()).not.toContain(receiverToken);
    expect(spans.map(({ traceId }) => traceId)).toContain(traceIdOf(server.log()));
  }
});

/** Of the first line that has one. */
function traceIdOf(log: string): string | undefined {
  return /"traceid":"([0-9a-f]{32})"/.exec(log)?.[1];
}

test('a receiver that is away disturbs nothing, and gets what happens once it is there', async () => {
  const port = await freePort();
  await using servers = await twoServers({ a: { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } } });
  await using a = await startServerProcess(servers.a);
  const file = await installerFile(join(servers.path, 'file.pkg'), 100_000, 'away');
  expect((await a.admin.upload(file.path, 'Early.pkg', 'Prod')).status).toBe(201);
  await becomesPublic(a, 'Early.pkg', file.sha256);
  await eventually(() => a.log().includes('traces cannot be sent'), 60_000);

  await using receiver = await startOtlpReceiver({ port });
  expect((await a.admin.upload(file.path, 'Late.pkg', 'Prod')).status).toBe(201);
  await eventually(
    () => receiver.spans().some(({ service, name }) => service === 'odst' && name.includes('RegisterUpload')),
    40_000,
  );
  await eventually(() => a.log().includes('traces are sent again'));
  expect(a.log().match(/traces cannot be sent/g)).toHaveLength(1);
  expectNoErrors(a.log());
});

test('a receiver that never answers does not keep the server from stopping', async () => {
  await using silent = await startOtlpReceiver({ answers: false });
  await using servers = await twoServers({ a: { env: { OTEL_EXPORTER_OTLP_ENDPOINT: silent.url } } });
  const a = await startServerProcess(servers.a);
  await a.admin.about();
  await eventually(() => silent.requests.length > 0, 60_000);
  const stoppedAt = performance.now();
  expect(await a.stop()).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(10_000);
  expectNoErrors(a.log());
});
