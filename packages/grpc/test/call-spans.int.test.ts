import { BlobsServiceService } from '@odst/contracts/storage';
import { OdstError } from '@odst/kernel';
import { activeTraceparent, createSilentLogger, inSpan } from '@odst/telemetry';
import { recordSpans } from '@odst/telemetry/record-spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectService, serve, serviceToken, startGrpcServer } from '../src/index.ts';

const internalToken = 'a token that the processes of one server share';
const recorder = recordSpans();
const stack = new AsyncDisposableStack();
stack.use(recorder);
afterAll(() => stack.disposeAsync());

/** Traces of which the handlers found themselves a part, in the order of their calls. */
const seen: string[] = [];
const blobs = serve(BlobsServiceService, {
  async *fetchBlob({ sizeBytes }) {
    for (const verifiedBytes of [0n, sizeBytes]) {
      seen.push(activeTraceparent());
      yield { verifiedBytes, sizeBytes, complete: verifiedBytes === sizeBytes, strip: [] };
    }
  },
  async holdBlobs({ sha256s }, { metadata }) {
    seen.push(metadata.traceparent);
    return { sha256s, manifestDigests: [] };
  },
  async listHeld() {
    return { sha256s: [], next: '' };
  },
  async getManifest() {
    throw new OdstError('STORAGE_BLOB_UNKNOWN', 'no such blob');
  },
  async getDisk() {
    throw new TypeError('a defect');
  },
});

let client: ReturnType<typeof connect>;
const connect = (address: string) =>
  stack
    .use(connectService({ address, target: 'storage', token: serviceToken(internalToken, 'sync') }))
    .client(BlobsServiceService);
beforeAll(async () => {
  const logger = createSilentLogger();
  const server = stack.use(await startGrpcServer({ address: '127.0.0.1:0', services: [blobs], internalToken, logger }));
  client = connect(server.address);
});

/** Spans of a method within a trace: those of the caller, and of the service. */
function spansOf(method: string, traceId: string) {
  const spans = recorder.spans().filter((span) => span.traceId === traceId && span.name.endsWith(`/${method}`));
  return { caller: spans.find(({ kind }) => kind === 'client'), service: spans.find(({ kind }) => kind === 'server') };
}

/** Runs a call in a span, and gives the trace that it belongs to. */
const inTrace = (call: () => Promise<unknown>) =>
  inSpan({ name: 'caller' }, async (span) => {
    await call().catch(() => undefined);
    return { traceId: span?.traceId ?? '', traceparent: span?.traceparent ?? '' };
  });

test('a call is a span of its caller, and one of the service below it', async () => {
  const given = { actor: '', remoteAddress: '', correlationId: '', causationId: '', traceparent: 'another' };
  const { traceId } = await inTrace(() => client.holdBlobs({ sha256s: ['aa'] }, { caller: given }));
  const { caller, service } = spansOf('HoldBlobs', traceId);
  expect(caller).toMatchObject({ name: 'odst.storage.v1.BlobsService/HoldBlobs', failed: false });
  expect(service).toMatchObject({ name: caller?.name, parentSpanId: caller?.spanId, attributes: { 'rpc.system': 'grpc' } });
  expect(seen.at(-1)).toBe(`00-${traceId}-${caller?.spanId}-01`);
});

test('a stream is one from its first message to its last', async () => {
  const request = { sha256: 'aa', sizeBytes: 3n, manifestDigest: 'bb', sourceIss: 'cc' };
  const { traceId } = await inTrace(() => Array.fromAsync(client.fetchBlob(request)));
  const { caller, service } = spansOf('FetchBlob', traceId);
  expect(service).toMatchObject({ parentSpanId: caller?.spanId });
  const inside = `00-${traceId}-${service?.spanId}-01`;
  expect(seen.slice(-2)).toEqual([inside, inside]);
});

test('a defect fails the spans on both sides, a refusal does not', async () => {
  const defect = spansOf('GetDisk', (await inTrace(() => client.getDisk({}))).traceId);
  expect(defect.service).toMatchObject({ failed: true, attributes: { 'error.type': 'TypeError' } });
  expect(defect.caller).toMatchObject({ failed: true, attributes: { 'error.type': 'COMMON_INTERNAL' } });
  const refusal = spansOf('GetManifest', (await inTrace(() => client.getManifest({ sha256: 'aa' }))).traceId);
  expect([refusal.caller, refusal.service]).toMatchObject([
    { failed: false, attributes: { 'error.type': 'STORAGE_BLOB_UNKNOWN' } },
    { failed: false, attributes: { 'error.type': 'STORAGE_BLOB_UNKNOWN' } },
  ]);
});

test('a call outside of a trace begins none', async () => {
  const before = recorder.spans().length;
  await client.holdBlobs({ sha256s: [] });
  expect([recorder.spans().length - before, seen.at(-1)]).toEqual([0, '']);
});
