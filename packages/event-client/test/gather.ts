import { onTestFinished } from 'vitest';
import type { EventSource, SourceItem, StartPosition } from '../src/event-source.ts';

/** Reads a source in the background for the rest of the test. */
export function gather(source: EventSource, from: StartPosition = 'beginning') {
  const abort = new AbortController();
  const items: SourceItem[] = [];
  const read = async (): Promise<unknown> => {
    try {
      for await (const item of source.read(from, abort.signal)) items.push(item);
      return 'ended';
    } catch (error) {
      return error;
    }
  };
  const ended = read();
  onTestFinished(async () => {
    abort.abort();
    await ended;
  });
  return {
    items,
    ids: () => items.flatMap(({ event }) => event?.id ?? []),
    /** `ended`, or what it failed with. */
    ended,
    abort: () => abort.abort(),
  };
}

/** The ids `event-1` to `event-<last>`. */
export const idsTo = (last: number): string[] => Array.from({ length: last }, (_, index) => `event-${index + 1}`);
