import { createVirtualTime } from '@odst/async/testing';
import { expect, test } from 'vitest';
import { type LiveMessage, openStream } from '../src/live/stream.ts';

/** A stream that a test plays. */
class PlayedSource extends EventTarget {
  readonly CLOSED = 2;
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  close() {
    this.readyState = this.CLOSED;
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  refuse() {
    this.close();
    this.onerror?.();
  }

  tell(kind: string, data: object) {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

/** An open stream, and what it told. */
function opened() {
  const told: string[] = [];
  const tell = (message: LiveMessage) => {
    if (message.kind !== 'alive') told.push(message.kind === 'state' ? message.state : message.kind);
  };
  const all: PlayedSource[] = [];
  const open = () => {
    const source = new PlayedSource();
    all.push(source);
    // The types of its listeners are the browser's; what it does is what is played here.
    return source as unknown as EventSource;
  };
  const time = createVirtualTime();
  const stream = openStream(tell, { open, timers: time });
  const source = () => all.at(-1) as PlayedSource;
  source().open();
  return { stream, source, told, time, all };
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

test('takes a long silence for a line that is cut, and opens another one', async () => {
  const { source, told, stream, time, all } = opened();
  const first = source();
  for (let round = 0; round < 10; round += 1) {
    await time.pass(15_000);
    first.tell('alive', {});
  }
  expect(told).toEqual(['open']);
  await time.pass(45_000);
  expect(told).toEqual(['open', 'reconnecting']);
  expect(first.readyState).toBe(first.CLOSED);
  expect(all).toHaveLength(2);
  source().open();
  expect(told.at(-1)).toBe('open');
  stream.close();
  await time.pass(100_000);
  expect(all).toHaveLength(2);
});

test('opens a refused stream again after a while, later each time, and at once when somebody signed in', async () => {
  const { source, told, stream, time, all } = opened();
  for (const delayMs of [5_000, 5_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    source().refuse();
    expect(told.at(-1)).toBe('refused');
    const before = all.length;
    await time.pass(delayMs - 1);
    expect(all).toHaveLength(before);
    await time.pass(1);
    expect(all).toHaveLength(before + 1);
  }
  source().refuse();
  const before = all.length;
  stream.again();
  expect(all).toHaveLength(before + 1);
  await time.pass(5_000);
  expect(all).toHaveLength(before + 1);
  source().open();
  source().refuse();
  await time.pass(5_000);
  expect(all).toHaveLength(before + 2);
  stream.close();
});
