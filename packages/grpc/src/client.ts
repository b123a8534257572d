import { Client, credentials, type CallOptions as GrpcCallOptions, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { calledOnce } from '@odst/contracts/services';
import type { Caller } from '@odst/kernel';
import { activeTraceparent } from '@odst/telemetry';
import { serviceTokenKey } from './access.ts';
import { type CallContent, toCallMetadata } from './call-metadata.ts';
import { callInSpan, streamCallInSpan } from './call-spans.ts';
import type { MethodShape, RequestOf, ResponseOf, ServiceShape } from './definition.ts';
import { fromStatus } from './errors.ts';

/** Options of one call. */
export type CallOptions = {
  /** For whom the call is made. Default: for the calling service itself. */
  readonly caller?: Caller;
  /** Time after which the call fails with COMMON_DEADLINE_EXCEEDED. Default 10,000 ms; none for streams. */
  readonly timeoutMs?: number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
};

/** The typed client of a service: a promise for a unary method, an async iterable for a stream. */
export type ServiceClient<Shape extends ServiceShape> = {
  readonly [Name in keyof Shape]: Shape[Name]['responseStream'] extends true
    ? (request: RequestOf<Shape[Name]>, options?: CallOptions) => AsyncIterable<ResponseOf<Shape[Name]>>
    : (request: RequestOf<Shape[Name]>, options?: CallOptions) => Promise<ResponseOf<Shape[Name]>>;
};

/** A connection to the gRPC address of one service process. */
export interface ServiceConnection extends Disposable {
  /** The client of one of the services behind the address. Cheap; calls share the connection. */
  client<Shape extends ServiceShape>(shape: Shape): ServiceClient<Shape>;
}

/** Where and as whom to connect. */
export type ConnectOptions = {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  /** Name of the target in errors, as `catalog`. */
  readonly target: string;
  /** Proves to the target which service calls. A secret. */
  readonly token: string;
};

const defaultTimeoutMs = 10_000;
const maxMessageBytes = 16 * 1_048_576;

/** Retries what never reached the handler, or is safe to repeat because commands carry an id. */
const serviceConfig = JSON.stringify({
  methodConfig: [
    ...calledOnce.map((path) => {
      const [, service, method] = path.split('/');
      return { name: [{ service, method }] };
    }),
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.1s',
        maxBackoff: '1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
});

/** Opens a connection; it is made at the first call and made again when it breaks. */
export function connectService(options: ConnectOptions): ServiceConnection {
  const channel = new Client(options.address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.service_config': serviceConfig,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // Calls inside one machine or cluster never go through a proxy of the environment.
    'grpc.enable_http_proxy': 0,
  });
  return {
    client<Shape extends ServiceShape>(shape: Shape) {
      const methods = Object.entries(shape).map(([name, method]) => [
        name,
        method.responseStream ? streaming(channel, options, method) : unary(channel, options, method),
      ]);
      return Object.fromEntries(methods) as ServiceClient<Shape>;
    },
    [Symbol.dispose]: () => channel.close(),
  };
}

function metadataOf(target: ConnectOptions, caller: Caller | undefined, content: () => CallContent): Metadata {
  const traceparent = activeTraceparent();
  const metadata = toCallMetadata({ ...caller, ...(traceparent === '' ? {} : { traceparent }) }, content);
  metadata.set(serviceTokenKey, target.token);
  return metadata;
}

function unary<Method extends MethodShape>(channel: Client, target: ConnectOptions, method: Method) {
  const send = async (request: RequestOf<Method>, options: CallOptions): Promise<ResponseOf<Method>> => {
    const answer = Promise.withResolvers<ResponseOf<Method>>();
    const done = (error: ServiceError | null, response?: ResponseOf<Method>): void => {
      if (error === null) answer.resolve(response as ResponseOf<Method>);
      else answer.reject(fromStatus(error, target.target));
    };
    const { timeoutMs = defaultTimeoutMs } = options;
    using _sent = sendWith(target, { ...options, timeoutMs }, contentOf(method, request), (metadata, deadline) =>
      channel.makeUnaryRequest(...shapeOf(method), request, metadata, deadline, done),
    );
    return await answer.promise;
  };
  return (request: RequestOf<Method>, options: CallOptions = {}) => callInSpan(method.path, () => send(request, options));
}

function streaming<Method extends MethodShape>(channel: Client, target: ConnectOptions, method: Method) {
  const send = async function* (request: RequestOf<Method>, options: CallOptions): AsyncGenerator<ResponseOf<Method>> {
    using sent = sendWith(target, options, contentOf(method, request), (metadata, deadline) =>
      channel.makeServerStreamRequest(...shapeOf(method), request, metadata, deadline),
    );
    try {
      yield* sent.call as AsyncIterable<ResponseOf<Method>>;
    } catch (error) {
      throw fromStatus(error as ServiceError, target.target);
    } finally {
      sent.call.cancel();
    }
  };
  return (request: RequestOf<Method>, options: CallOptions = {}) => streamCallInSpan(method.path, () => send(request, options));
}

function contentOf<Method extends MethodShape>({ path, requestSerialize }: Method, request: RequestOf<Method>) {
  return (): CallContent => ({ path, request: requestSerialize(request) });
}

/** What both kinds of requests begin with. */
function shapeOf<Method extends MethodShape>({ path, requestSerialize, responseDeserialize }: Method) {
  return [path, requestSerialize, responseDeserialize] as const;
}

/** Makes a call for its caller with its time limit. The signal cancels it until this is disposed. */
function sendWith<Call extends { cancel(): void }>(
  target: ConnectOptions,
  { signal, timeoutMs, caller }: CallOptions,
  content: () => CallContent,
  make: (metadata: Metadata, deadline: GrpcCallOptions) => Call,
): Disposable & { readonly call: Call } {
  const deadline: GrpcCallOptions = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  const call = make(metadataOf(target, caller, content), deadline);
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  return { call, [Symbol.dispose]: () => signal?.removeEventListener('abort', cancel) };
}
