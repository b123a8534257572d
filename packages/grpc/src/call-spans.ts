import type { Caller } from '@odst/kernel';
import { activeTraceparent, inSpan, isTraceparent, type SpanOptions, streamInSpan } from '@odst/telemetry';

// Calls go on with a trace and begin none: those of sweeps and of checks by themselves would be most of what is recorded.

/** Makes a call in a span, where the caller is in a trace. */
export function callInSpan<T>(path: string, call: () => Promise<T>): Promise<T> {
  return activeTraceparent() === '' ? call() : inSpan(spanOf(path, 'client'), call);
}

/** The same of a call that is answered with a stream. */
export async function* streamCallInSpan<T>(path: string, call: () => AsyncIterable<T>): AsyncGenerator<T> {
  yield* activeTraceparent() === '' ? call() : streamInSpan(spanOf(path, 'client'), call);
}

/** Handles a call in a span, where the caller is in a trace. */
export async function handleInSpan<T>(
  path: string,
  { traceparent }: Pick<Caller, 'traceparent'>,
  handle: () => Promise<T>,
): Promise<T> {
  return isTraceparent(traceparent) ? inSpan({ ...spanOf(path, 'server'), parent: traceparent }, handle) : handle();
}

function spanOf(path: string, kind: 'client' | 'server'): SpanOptions {
  const name = path.slice(1);
  const [service = '', method = ''] = name.split('/');
  return { name, kind, attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method } };
}
