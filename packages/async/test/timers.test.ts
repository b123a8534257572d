import { expect, test } from 'vitest';
import { backgroundTimers, pause, startSilenceLimit, systemTimers } from '../src/index.ts';
import { createVirtualTime } from '../src/virtual-time.ts';

test('a pause lasts as long as it says', async () => {
  const time = createVirtualTime();
  let over = false;
  void pause(1_000, undefined, time).then(() => {
    over = true;
  });
  await time.pass(999);
  expect(over).toBe(false);
  await time.pass(1);
  expect(over).toBe(true);
});

test('a pause ends quietly when its signal aborts, before or during it', async () => {
  await pause(3_600_000, AbortSignal.abort(new Error('stopped')));
  const stop = new AbortController();
  const paused = pause(3_600_000, stop.signal);
  stop.abort(new Error('stopped'));
  await paused;
});

test.each([
  ['systemTimers', systemTimers],
  ['backgroundTimers', backgroundTimers],
])('%s call once, and not at all when disposed or when the time is longer than Node can count', async (_name, timers) => {
  const calls: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _month = timers.after(31 * 86_400_000, () => calls.push('in a month'));
  using _never = timers.after(Number.POSITIVE_INFINITY, () => calls.push('never'));
  timers.after(5, () => calls.push('disposed'))[Symbol.dispose]();
  timers.after(10, () => {
    calls.push('called');
    resolve();
  });
  // Keeps the process alive for the one in the background.
  using _alive = systemTimers.after(60_000, resolve);
  await promise;
  expect(calls).toEqual(['called']);
});

test('a silence is as long as it says after the last piece, and none after disposing', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const startedAt = performance.now();
  using silence = startSilenceLimit(40, resolve);
  startSilenceLimit(1, () => resolve())[Symbol.dispose]();
  await pause(25);
  silence.heard();
  await promise;
  expect(performance.now() - startedAt).toBeGreaterThan(60);
});

test('after a silence was told, a late piece begins another', async () => {
  let silences = 0;
  let { promise, resolve } = Promise.withResolvers<void>();
  using silence = startSilenceLimit(5, () => {
    silences += 1;
    resolve();
  });
  await promise;
  ({ promise, resolve } = Promise.withResolvers<void>());
  silence.heard();
  await promise;
  expect(silences).toBe(2);
});
