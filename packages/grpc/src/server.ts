import { chmodSync, rmSync } from 'node:fs';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { systemTimers } from '@odst/async';
import type { EventMetadata } from '@odst/event-store';
import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { callerOf, mayCall, serviceTokenKey } from './access.ts';
import { fromCallMetadata } from './call-metadata.ts';
import { handleInSpan } from './call-spans.ts';
import type { RequestOf, ResponseOf, ServiceShape } from './definition.ts';
import { toStatus } from './errors.ts';

/** What a handler knows of its call. */
export type HandlerContext = {
  /** For whom the call is made, and its command id: of the events that it leads to. Where the caller names nobody, it acts itself. */
  readonly metadata: EventMetadata;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
};

/** Handlers of a service: an async function for a unary method, an async generator for a stream. */
export type ServiceHandlers<Shape extends ServiceShape> = {
  readonly [Name in keyof Shape]: Shape[Name]['responseStream'] extends true
    ? (request: RequestOf<Shape[Name]>, context: HandlerContext) => AsyncIterable<ResponseOf<Shape[Name]>>
    : (request: RequestOf<Shape[Name]>, context: HandlerContext) => Promise<ResponseOf<Shape[Name]>>;
};

/** A service with its handlers, ready to be served. */
export type ServedService = {
  readonly definition: ServiceDefinition;
  readonly implementation: (
    deps: ServeDeps,
  ) => Record<string, handleUnaryCall<unknown, unknown> | handleServerStreamingCall<unknown, unknown>>;
};

type ServeDeps = { readonly internalToken: string; readonly logger: Logger };

type Handler = (request: unknown, context: HandlerContext) => Promise<unknown> | AsyncIterable<unknown>;

/** Joins a generated service with its handlers. */
export function serve<Shape extends ServiceShape>(shape: Shape, handlers: ServiceHandlers<Shape>): ServedService {
  return {
    definition: shape as unknown as ServiceDefinition,
    implementation: (deps) =>
      Object.fromEntries(
        Object.entries(shape).map(([name, method]) => {
          const handler = handlers[name] as Handler;
          return [
            name,
            method.responseStream ? streamingHandler(method.path, handler, deps) : unaryHandler(method.path, handler, deps),
          ];
        }),
      ),
  };
}

function admit(path: string, metadata: Metadata, signal: AbortSignal, deps: ServeDeps): HandlerContext | undefined {
  const service = callerOf(deps.internalToken, String(metadata.get(serviceTokenKey)[0] ?? ''));
  if (service !== undefined && mayCall(service, path)) return { metadata: fromCallMetadata(metadata, service), signal };
  deps.logger.warn({ path, caller: service ?? 'unknown' }, 'refused a gRPC call');
  return undefined;
}

const denied = { code: status.PERMISSION_DENIED, details: 'not in the access table' };

function report(path: string, error: unknown, deps: ServeDeps): void {
  if (!isOdstError(error) || error.code === 'COMMON_INTERNAL') deps.logger.error({ path, err: error }, 'a gRPC handler failed');
}

function unaryHandler(path: string, handler: Handler, deps: ServeDeps): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    const context = admit(path, call.metadata, abort.signal, deps);
    if (context === undefined) return callback(denied);
    handleInSpan(path, context.metadata, async () => {
      try {
        return await handler(call.request, context);
      } catch (error) {
        report(path, error, deps);
        throw error;
      }
    }).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatus(error)),
    );
  };
}

function streamingHandler(path: string, handler: Handler, deps: ServeDeps): handleServerStreamingCall<unknown, unknown> {
  return (call) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    const context = admit(path, call.metadata, abort.signal, deps);
    if (context === undefined) {
      call.emit('error', denied);
      return;
    }
    handleInSpan(path, context.metadata, async () => {
      try {
        await pump(call, handler(call.request, context) as AsyncIterable<unknown>);
      } catch (error) {
        if (abort.signal.aborted) return; // the caller is gone: nobody is left to tell
        report(path, error, deps);
        throw error;
      }
    }).catch((error: unknown) => call.emit('error', toStatus(error)));
  };
}

async function pump(call: ServerWritableStream<unknown, unknown>, messages: AsyncIterable<unknown>): Promise<void> {
  for await (const message of messages) {
    if (call.cancelled) return;
    if (!call.write(message)) {
      await new Promise<void>((resolve) => {
        call.once('drain', resolve);
        call.once('cancelled', resolve);
      });
    }
  }
  call.end();
}

/** Where and how to serve. */
export type StartServerOptions = ServeDeps & {
  /** `host:port` or `unix:/path`. */
  readonly address: string;
  readonly services: readonly ServedService[];
};

const maxMessageBytes = 16 * 1_048_576;
const stopLimitMs = 3_000;

/** Serves gRPC until disposed; disposing lets running calls end for 3 s. */
export async function startGrpcServer(options: StartServerOptions): Promise<AsyncDisposable & { readonly address: string }> {
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  for (const service of options.services) server.addService(service.definition, service.implementation(options));
  const socketPath = options.address.startsWith('unix:') ? options.address.slice('unix:'.length) : undefined;
  // A socket file that a killed process left would make binding fail.
  if (socketPath !== undefined) rmSync(socketPath, { force: true });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(options.address, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  if (socketPath !== undefined) chmodSync(socketPath, 0o600);
  const address = socketPath === undefined ? options.address.replace(/:0$/, `:${port}`) : options.address;
  return {
    address,
    async [Symbol.asyncDispose]() {
      using _force = systemTimers.after(stopLimitMs, () => server.forceShutdown());
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}
