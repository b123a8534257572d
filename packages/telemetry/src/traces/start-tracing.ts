import type { TracingOptions } from './export-spans.ts';

/**
 * Begins to record spans and to send them by OTLP over HTTP, in protobuf. The SDK is loaded here and nowhere else, so that
 * who sends no traces does not pay for it. A receiver that is away loses spans and disturbs nothing. Disposing sends what
 * is left, for at most 1.5 s.
 */
export async function startTracing(options: TracingOptions): Promise<AsyncDisposable> {
  const { exportSpans } = await import('./export-spans.ts');
  return exportSpans(options);
}
