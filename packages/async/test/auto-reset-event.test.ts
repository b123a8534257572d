import { expect, test } from 'vitest';
import { createAutoResetEvent } from '../src/index.ts';
import { createVirtualTime } from '../src/virtual-time.ts';

/** An event whose waits are counted as they end. */
function watched() {
  const time = createVirtualTime();
  const event = createAutoResetEvent(time);
  const ended: string[] = [];
  const wait = (name: string, signal?: AbortSignal, timeoutMs?: number): void =>
    void event.wait(signal, timeoutMs).then(() => ended.push(name));
  return { time, event, ended, wait };
}

test('setting it wakes all who wait, and nobody who comes later', async () => {
  const { time, event, ended, wait } = watched();
  wait('first');
  wait('second');
  await time.pass(3_600_000);
  expect(ended).toEqual([]);
  event.set();
  await time.pass(0);
  expect(ended).toEqual(['first', 'second']);
  wait('later');
  await time.pass(3_600_000);
  expect(ended).toEqual(['first', 'second']);
});

test('what comes while nobody waits is kept for the next wait, once', async () => {
  const { time, event, ended, wait } = watched();
  event.set();
  event.set();
  wait('first');
  wait('second');
  await time.pass(3_600_000);
  expect(ended).toEqual(['first']);
});

test('a wait ends with its time and with its signal', async () => {
  const { time, ended, wait } = watched();
  const stop = new AbortController();
  wait('timed', undefined, 1_000);
  wait('aborted', stop.signal);
  wait('aborted before', AbortSignal.abort());
  await time.pass(999);
  expect(ended).toEqual(['aborted before']);
  await time.pass(1);
  stop.abort();
  await time.pass(0);
  expect(ended).toEqual(['aborted before', 'timed', 'aborted']);
});

test('a wait that was aborted before it began leaves what was set for the next one', async () => {
  const { time, event, ended, wait } = watched();
  event.set();
  wait('aborted before', AbortSignal.abort());
  wait('next');
  await time.pass(0);
  expect(ended).toEqual(['aborted before', 'next']);
});
