import { beginSpan, isTracing, type SpanOptions } from './span.ts';

/**
 * Gives what a stream gives, in a span that begins with the first element asked for and ends with the stream. The stream
 * works inside the span; who reads it does not.
 */
export async function* streamInSpan<T>(options: SpanOptions, open: () => AsyncIterable<T>): AsyncGenerator<T> {
  if (!isTracing()) {
    yield* open();
    return;
  }
  const span = beginSpan(options);
  const elements = span.run(() => open()[Symbol.asyncIterator]());
  try {
    for (;;) {
      const next = await span.run(() => elements.next());
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    span.failed(error);
    throw error;
  } finally {
    await Promise.resolve(span.run(() => elements.return?.())).finally(() => span.end());
  }
}
