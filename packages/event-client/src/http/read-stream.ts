import { systemTimers } from '@odst/async';
import type { SourceItem } from '../event-source.ts';
import { serverEvent } from '../events/event-message.ts';
import { createEventStreamParser, type StreamBlock } from './event-stream-parser.ts';
import { type HttpPosition, writePosition } from './http-position.ts';
import { type FeedReading, typesParameter } from './read-pages.ts';

/** Of a stream. */
export type StreamReading = FeedReading & {
  /** How long the first byte may take; a server sends one at once, but something in between may gather the answer. */
  readonly firstByteMs: number;
  /** Longest silence; a server shows every 15 to 20 s that it lives. */
  readonly silenceMs: number;
};

/**
 * Reads the live stream until the server ends it.
 * @returns false when what came was no stream, or nothing came
 * @throws what the connection throws; Error when the stream falls silent
 */
export async function* readStream(reading: StreamReading): AsyncGenerator<SourceItem, boolean, void> {
  const { connection, types, firstByteMs, silenceMs } = reading;
  const own = new AbortController();
  const signal = AbortSignal.any([reading.signal, own.signal]);
  let { position } = reading;
  let heard = false;
  let timer = systemTimers.after(firstByteMs, () => own.abort());
  try {
    const query = { after: position.after, ...typesParameter(types) };
    const answer = await connection.get(query, { accept: 'text/event-stream', 'last-event-id': position.after }, signal);
    if (!/^text\/event-stream\b/i.test(answer.headers.get('content-type') ?? '') || answer.body === null) return false;
    const parser = createEventStreamParser();
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      heard = true;
      timer[Symbol.dispose]();
      for (const block of parser.push(text)) {
        position = positionBehind(block, position);
        const event = block.data === undefined ? undefined : serverEvent(JSON.parse(block.data));
        if (event !== undefined) position = { ...position, seen: { number: position.after, id: event.id } };
        yield { position: writePosition(position), ...(event === undefined ? {} : { event }) };
      }
      timer = systemTimers.after(silenceMs, () => own.abort(new Error('the stream fell silent')));
    }
    return heard;
  } catch (error) {
    if (own.signal.aborted && !heard && !reading.signal.aborted) return false;
    throw error;
  } finally {
    timer[Symbol.dispose]();
    own.abort();
  }
}

function positionBehind({ id }: StreamBlock, position: HttpPosition): HttpPosition {
  return id !== undefined && /^\d{1,20}$/.test(id) ? { ...position, after: id } : position;
}
