import { errorRow, isOdstError } from '@odst/kernel';
import { type Attributes, context, type Span as OtelSpan, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { spanContextOf, toTraceparent } from './traceparent.ts';

/** What begins a span. */
export type SpanOptions = {
  /** Of few values: a route, a method, a topic; never an id or what a caller sent. */
  readonly name: string;
  /** Default `internal`. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** No secrets, no bodies, no addresses of callers: traces leave the server. Values are cut at 300 characters. */
  readonly attributes?: Attributes;
  /** `traceparent` of the span that caused this one. Default the one that is active; of a text that is none, none. */
  readonly parent?: string;
};

/** A piece of work as a trace shows it. */
export interface Span {
  readonly traceId: string;
  /** What those who go on with the trace are given. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** Notes why the work failed: by the error's code or class, as messages may quote what is secret. */
  failed(error: unknown): void;
  /** Runs a function in which this span is the active one, as for all that it awaits. */
  run<T>(work: () => T): T;
  end(): void;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

let tracing = false;

/** Whether spans are recorded by this process. What would cost something is left out where they are not. */
export function isTracing(): boolean {
  return tracing;
}

/** Of whoever starts and stops the recording. */
export function setTracing(recorded: boolean): void {
  tracing = recorded;
}

/** `traceparent` of the active span; empty where there is none. */
export function activeTraceparent(): string {
  return tracing ? toTraceparent(trace.getActiveSpan()?.spanContext()) : '';
}

/** Id of the trace that the present work belongs to; empty where it belongs to none. */
export function activeTraceId(): string {
  return tracing ? (trace.getActiveSpan()?.spanContext().traceId ?? '') : '';
}

/** Begins a span that the caller ends. For whoever cannot use {@link inSpan}. Only where {@link isTracing}. */
export function beginSpan({ name, kind = 'internal', attributes = {}, parent }: SpanOptions): Span {
  const active = context.active();
  const cause = parent === undefined ? active : contextOf(parent);
  const span = trace.getTracer('odst').startSpan(name, { kind: kinds[kind], attributes }, cause);
  const inside = trace.setSpan(active, span);
  return {
    traceId: span.spanContext().traceId,
    traceparent: toTraceparent(span.spanContext()),
    set: (more) => void span.setAttributes(more),
    failed: (error) => noteFailure(span, error),
    run: (work) => context.with(inside, work),
    end: () => span.end(),
  };
}

/** Runs work in a span of its own, which ends with it. Where spans are not recorded it runs as it is, with no span. */
export async function inSpan<T>(options: SpanOptions, work: (span?: Span) => Promise<T>): Promise<T> {
  if (!tracing) return work();
  const span = beginSpan(options);
  try {
    return await span.run(() => work(span));
  } catch (error) {
    span.failed(error);
    throw error;
  } finally {
    span.end();
  }
}

function contextOf(traceparent: string) {
  const cause = spanContextOf(traceparent);
  const root = trace.deleteSpan(context.active());
  return cause === undefined ? root : trace.setSpanContext(root, cause);
}

/** A refusal is told by its code; a failed span is what this server, or another one, could not do. */
function noteFailure(span: OtelSpan, error: unknown): void {
  const isRefusal = isOdstError(error) && errorRow(error.code).http < 500;
  span.setAttribute('error.type', errorType(error));
  if (!isRefusal) span.setStatus({ code: SpanStatusCode.ERROR });
}

function errorType(error: unknown): string {
  if (isOdstError(error)) return error.code;
  return error instanceof Error ? error.constructor.name : typeof error;
}
