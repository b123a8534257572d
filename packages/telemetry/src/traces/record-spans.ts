import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { installSdk } from './install-sdk.ts';

/** A span as tests look at it. */
export type RecordedSpan = {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly traceId: string;
  readonly spanId: string;
  /** Id of the span that caused it; empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** Spans of this process, in the order in which they ended. Disposing ends the recording. */
export interface SpanRecorder extends AsyncDisposable {
  spans(): readonly RecordedSpan[];
}

/** Makes this process record its spans in memory, for tests: once a process, as the SDK is the process's. */
export function recordSpans(): SpanRecorder {
  const ended: ReadableSpan[] = [];
  // No exporter: those are handed spans some time after they ended.
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => void ended.push(span),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const sdk = installSdk({ serviceName: 'test', processor, sampledShare: 1 });
  return { spans: () => ended.map(toRecorded), [Symbol.asyncDispose]: () => sdk.shutdown() };
}

function toRecorded(span: ReadableSpan): RecordedSpan {
  const { name, kind, parentSpanContext, status, attributes } = span;
  const { traceId, spanId } = span.spanContext();
  return {
    name,
    kind: SpanKind[kind].toLowerCase() as RecordedSpan['kind'],
    traceId,
    spanId,
    parentSpanId: parentSpanContext?.spanId ?? '',
    failed: status.code === SpanStatusCode.ERROR,
    attributes,
  };
}
