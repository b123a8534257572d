import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type LiveMessage, openStream } from '../src/live/stream.ts';

/** A stream that a test plays. */
class PlayedSource extends EventTarget {
  static readonly CLOSED = 2;
  static readonly all: PlayedSource[] = [];
  readyState = 0;
  onopen = () => undefined;
  onerror = () => undefined;
  onmessage = (_event: { readonly data: string }) => undefined;

  constructor() {
    super();
    PlayedSource.all.push(this);
  }

  close() {
    this.readyState = PlayedSource.CLOSED;
  }

  tell(kind: string, data: object) {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

beforeEach(() => {
  PlayedSource.all.length = 0;
  vi.stubGlobal('EventSource', PlayedSource);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** An open stream, and what it told. */
function opened() {
  const told: string[] = [];
  const tell = (message: LiveMessage) => {
    if (message.kind !== 'alive') told.push(message.kind === 'state' ? message.state : message.kind);
  };
  const stream = openStream(tell);
  const source = () => PlayedSource.all.at(-1) as PlayedSource;
  source().onopen();
  return { stream, source, told };
}

test('holds for old what the server cannot tell for now, until it is told again', () => {
  const { source, told, stream } = opened();
  source().tell('interrupted', { events: ['peers'] });
  expect(told).toEqual(['open', 'reconnecting']);
  source().tell('peers', { items: [] });
  source().tell('peers', { items: [] });
  expect(told).toEqual(['open', 'reconnecting', 'open', 'peers', 'peers']);
  stream.close();
});

test('takes a long silence for a line that is cut, and opens another one', () => {
  const { source, told, stream } = opened();
  const first = source();
  for (let round = 0; round < 10; round += 1) {
    vi.advanceTimersByTime(15_000);
    first.tell('alive', {});
  }
  expect(told).toEqual(['open']);
  vi.advanceTimersByTime(45_000);
  expect(told).toEqual(['open', 'reconnecting']);
  expect(first.readyState).toBe(PlayedSource.CLOSED);
  expect(PlayedSource.all).toHaveLength(2);
  source().onopen();
  expect(told.at(-1)).toBe('open');
  stream.close();
  vi.advanceTimersByTime(100_000);
  expect(PlayedSource.all).toHaveLength(2);
});

test('opens a refused stream again after a while, later each time, and at once when somebody signed in', () => {
  const { source, told, stream } = opened();
  const refuse = () => {
    source().close();
    source().onerror();
  };
  for (const delayMs of [5_000, 5_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    refuse();
    expect(told.at(-1)).toBe('refused');
    const before = PlayedSource.all.length;
    vi.advanceTimersByTime(delayMs - 1);
    expect(PlayedSource.all).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(PlayedSource.all).toHaveLength(before + 1);
  }
  refuse();
  const before = PlayedSource.all.length;
  stream.again();
  expect(PlayedSource.all).toHaveLength(before + 1);
  vi.advanceTimersByTime(5_000);
  expect(PlayedSource.all).toHaveLength(before + 1);
  source().onopen();
  refuse();
  vi.advanceTimersByTime(5_000);
  expect(PlayedSource.all).toHaveLength(before + 2);
  stream.close();
});
