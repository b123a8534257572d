import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import { createMemoryCheckpoint } from '../src/checkpoint/memory-checkpoint.ts';
import type { EventSource, StartPosition } from '../src/event-source.ts';
import { readEvents } from '../src/read-events.ts';
import { feedEvent } from './feed-event.ts';

/** A source of the events 1 to `last`, which are at the positions `1`, `2` and so on; it ends behind them. */
function sourceTo(last: number, fails?: (from: StartPosition) => Error | undefined) {
  const starts: StartPosition[] = [];
  const source: EventSource = {
    async *read(from) {
      starts.push(from);
      const error = fails?.(from);
      if (error !== undefined) throw error;
      const after = typeof from === 'object' ? Number(from.after) : from === 'latest' ? last : 0;
      for (let number = after + 1; number <= last; number += 1) yield { position: `${number}`, event: feedEvent(number) };
      yield { position: `${last + 1}` };
    },
  };
  return { source, starts };
}

/** A checkpoint that notes what it saves. */
function notingCheckpoint(position?: string) {
  const saves: string[] = [];
  const inner = createMemoryCheckpoint(position);
  const checkpoint: Checkpoint = {
    load: inner.load,
    async save(next) {
      saves.push(next);
      await inner.save(next);
    },
  };
  return { checkpoint, saves };
}

describe('reading events', () => {
  test('saves a position once the consumer is done with its event, and never before', async () => {
    const { checkpoint, saves } = notingCheckpoint();
    const seen: string[] = [];
    for await (const { event } of readEvents({ source: sourceTo(3).source, checkpoint, saveEveryMs: 0 })) {
      expect(saves).toEqual(seen.map((_, index) => `${index + 1}`));
      seen.push(event.id);
    }
    expect(seen).toEqual(['event-1', 'event-2', 'event-3']);
    expect(saves).toEqual(['1', '2', '3', '4']);
  });

  test.each(['leaves', 'fails'])('gives an event again in whose middle the consumer %s', async (how) => {
    const { checkpoint } = notingCheckpoint();
    const consume = async () => {
      for await (const { event } of readEvents({ source: sourceTo(5).source, checkpoint })) {
        if (event.id !== 'event-3') continue;
        if (how === 'fails') throw new Error('planted');
        break;
      }
    };
    await consume().catch((error: Error) => expect(error.message).toBe('planted'));
    expect(await checkpoint.load()).toBe('2');
    const again: string[] = [];
    for await (const { event } of readEvents({ source: sourceTo(5).source, checkpoint })) again.push(event.id);
    expect(again).toEqual(['event-3', 'event-4', 'event-5']);
  });

  test('saves in the background while nothing comes, and at most once in a while', async () => {
    const { checkpoint, saves } = notingCheckpoint();
    const saved = Promise.withResolvers<void>();
    const source: EventSource = {
      async *read() {
        for (let number = 1; number <= 50; number += 1) yield { position: `${number}`, event: feedEvent(number) };
        await saved.promise;
      },
    };
    const noting: Checkpoint = {
      load: checkpoint.load,
      async save(position) {
        await checkpoint.save(position);
        saved.resolve();
      },
    };
    for await (const _message of readEvents({ source, checkpoint: noting, saveEveryMs: 20 }));
    expect(saves.length).toBeLessThanOrEqual(3);
    expect(saves.at(-1)).toBe('50');
  });

  test('begins where it is told when nothing was saved, else at what was saved', async () => {
    for (const [saved, from, start] of [
      [undefined, undefined, 'beginning'],
      [undefined, 'latest', 'latest'],
      ['2', 'latest', { after: '2' }],
    ] as const) {
      const { source, starts } = sourceTo(3);
      const options = { source, checkpoint: createMemoryCheckpoint(saved), ...(from === undefined ? {} : { from }) };
      for await (const _message of readEvents(options));
      expect(starts).toEqual([start]);
    }
  });

  test('ends with the error of a checkpoint that cannot save', async () => {
    const checkpoint = { load: async () => undefined, save: async () => Promise.reject(new Error('disk full')) };
    const read = async (saveEveryMs: number) => {
      for await (const _message of readEvents({ source: sourceTo(3).source, checkpoint, saveEveryMs }));
    };
    await expect(read(0)).rejects.toThrow('disk full');
    await expect(read(1_000)).rejects.toThrow('disk full');
  });

  test('saves as it ends what an earlier save could not', async () => {
    const inner = createMemoryCheckpoint();
    let full = true;
    const save = async (position: string): Promise<void> => {
      if (full) {
        full = false;
        throw new Error('disk full');
      }
      await inner.save(position);
    };
    const read = async () => {
      for await (const _message of readEvents({
        source: sourceTo(3).source,
        checkpoint: { load: inner.load, save },
        saveEveryMs: 0,
      }));
    };
    await expect(read()).rejects.toThrow('disk full');
    expect(await inner.load()).toBe('1');
  });

  test('tells of a server that was reset, or reads everything again, as the consumer wants', async () => {
    const reset = (from: StartPosition) =>
      typeof from === 'object' ? new OdstError('EVENTS_FEED_RESET', 'never issued') : undefined;
    const read = async (onReset: 'throw' | 'beginning') => {
      const seen: string[] = [];
      const { source } = sourceTo(2, reset);
      const checkpoint = createMemoryCheckpoint('7');
      for await (const { event } of readEvents({ source, checkpoint, onReset })) seen.push(event.id);
      return { seen, saved: await checkpoint.load() };
    };
    await expect(read('throw')).rejects.toMatchObject({ code: 'EVENTS_FEED_RESET' });
    expect(await read('beginning')).toEqual({ seen: ['event-1', 'event-2'], saved: '3' });
  });

  test('reads everything again also when the server is reset while it is read from the beginning', async () => {
    const seen: string[] = [];
    let reads = 0;
    const source: EventSource = {
      async *read() {
        reads += 1;
        yield { position: '1', event: feedEvent(1) };
        if (reads === 1) throw new OdstError('EVENTS_FEED_RESET', 'made anew');
      },
    };
    for await (const { event } of readEvents({ source, onReset: 'beginning' })) seen.push(event.id);
    expect(seen).toEqual(['event-1', 'event-1']);
  });

  test('ends with a source that has no beginning either', async () => {
    const { source, starts } = sourceTo(2, () => new OdstError('EVENTS_FEED_RESET', 'nowhere'));
    const read = async () => {
      for await (const _message of readEvents({ source, checkpoint: createMemoryCheckpoint('7'), onReset: 'beginning' }));
    };
    await expect(read()).rejects.toMatchObject({ code: 'EVENTS_FEED_RESET' });
    expect(starts).toEqual([{ after: '7' }, 'beginning']);
  });
});
