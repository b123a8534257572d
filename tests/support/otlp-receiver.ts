import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { freePort } from '@odst/testing';

/** A span as it was received. */
export type ReceivedSpan = {
  /** `service.name` of who sent it. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
};

/** A receiver of traces over HTTP. Disposing ends it. */
export type OtlpReceiver = AsyncDisposable & {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  /** Every request as it came: headers, and all that is in the body. */
  readonly requests: readonly { readonly headers: NodeJS.Dict<string | string[]>; readonly body: Buffer }[];
};

type KeyValue = { readonly key: string; readonly value: { readonly stringValue?: string } };
type Span = Readonly<Record<'traceId' | 'spanId' | 'parentSpanId', Buffer>> & { readonly name: string };
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
};

const definition = loadSync(fileURLToPath(new URL('otlp-trace.proto', import.meta.url)), { defaults: true });
const { Export: method } = definition['opentelemetry.proto.collector.trace.v1.TraceService'] as ServiceDefinition;

/**
 * Starts a receiver.
 * @param options.port default any free one
 * @param options.answers whether it answers what it is sent; default true
 */
export async function startOtlpReceiver(
  options: { readonly port?: number; readonly answers?: boolean } = {},
): Promise<OtlpReceiver> {
  const requests: { headers: NodeJS.Dict<string | string[]>; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const isExport = request.method === 'POST' && request.url === '/v1/traces';
    if (isExport) requests.push({ headers: request.headers, body });
    if (options.answers !== false) response.writeHead(isExport ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
  });
  const port = options.port ?? (await freePort());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    spans: () => requests.flatMap(({ body }) => spansOf(method?.requestDeserialize(body) as Export)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function spansOf({ resourceSpans }: Export): readonly ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ traceId, spanId, parentSpanId, name }) => ({
        service,
        traceId: traceId.toString('hex'),
        spanId: spanId.toString('hex'),
        parentSpanId: parentSpanId.toString('hex'),
        name,
      }));
  });
}
