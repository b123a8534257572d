import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** W3C Trace Context, `traceparent`: version, trace id, parent id, flags; ids of zeros only are none. */
const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Whether a text names a trace in the form of W3C Trace Context. */
export function isTraceparent(text: string): boolean {
  return form.test(text);
}

/** The span that a traceparent names; undefined for a text that is none. */
export function spanContextOf(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = form.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Of the flags the first version knows one: sampled.
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

/** The reverse; empty for a context that names no span. */
export function toTraceparent(context: SpanContext | undefined): string {
  if (context === undefined || !isSpanContextValid(context)) return '';
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
}
