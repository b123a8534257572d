export { createLogger, createSilentLogger, type LogDestination, type Logger, type LogLevel } from './logger.ts';
export { redactedPaths, redactLine } from './redaction.ts';
export type { TracingOptions } from './traces/export-spans.ts';
export { requestInSpan } from './traces/request-span.ts';
export { activeTraceId, activeTraceparent, beginSpan, inSpan, isTracing, type Span, type SpanOptions } from './traces/span.ts';
export { startTracing } from './traces/start-tracing.ts';
export { streamInSpan } from './traces/stream-in-span.ts';
export { isTraceparent } from './traces/traceparent.ts';
