import { expect, onTestFinished, test } from 'vitest';
import { type PeriodicFailure, type PeriodicOptions, type PeriodicWork, startPeriodic, warnWith } from '../src/index.ts';
import { createVirtualTime } from '../src/virtual-time.ts';

/** Periodic work in virtual time, with the seconds at which it ran. */
function periodic(options: Partial<PeriodicOptions> = {}) {
  const time = createVirtualTime();
  const startMs = time.now().getTime();
  const ranAtS: number[] = [];
  const failed: PeriodicFailure[] = [];
  const work: PeriodicWork = startPeriodic({
    name: 'counting',
    intervalMs: 10_000,
    random: () => 0,
    timers: time,
    onError: (_error, failure) => failed.push(failure),
    ...options,
    run: (signal) => {
      ranAtS.push((time.now().getTime() - startMs) / 1_000);
      return options.run?.(signal) ?? Promise.resolve();
    },
  });
  onTestFinished(async () => work[Symbol.asyncDispose]());
  return { time, work, ranAtS, failed };
}

test('runs at once, then at the interval after each run', async () => {
  const { time, ranAtS } = periodic();
  await time.pass(30_000);
  expect(ranAtS).toEqual([0, 10, 20, 30]);
});

test('waits before the first run when that is asked for, unless it is called for earlier', async () => {
  const late = periodic({ firstAfterMs: 10_000 });
  await late.time.pass(10_000);
  expect(late.ranAtS).toEqual([10]);
  const called = periodic({ firstAfterMs: 10_000 });
  await called.time.pass(5_000);
  called.work.soon();
  await called.time.pass(10_000);
  expect(called.ranAtS).toEqual([5, 15]);
});

test('runs when it is called for; calls during a run are one more run, and runs never overlap', async () => {
  let gate = Promise.withResolvers<void>();
  const { time, work, ranAtS } = periodic({ run: () => gate.promise });
  await time.pass(3_000);
  for (let call = 0; call < 3; call += 1) work.soon();
  await time.pass(60_000);
  expect(ranAtS).toEqual([0]);
  const first = gate;
  gate = Promise.withResolvers();
  first.resolve();
  await time.pass(1_000);
  expect(ranAtS).toEqual([0, 63]);
  gate.resolve();
  await time.pass(9_000);
  expect(ranAtS).toEqual([0, 63]);
  await time.pass(1_000);
  expect(ranAtS).toEqual([0, 63, 74]);
  work.soon();
  await time.pass(0);
  expect(ranAtS).toEqual([0, 63, 74, 74]);
});

test('a run may say when the next one is due', async () => {
  const { time, ranAtS } = periodic({ run: async () => ({ nextMs: 2_000 }) });
  await time.pass(5_000);
  expect(ranAtS).toEqual([0, 2, 4]);
});

test('a number that a run gives is no time to the next one', async () => {
  // @ts-expect-error a count of rows, say
  const { time, ranAtS } = periodic({ run: async () => 2_000 });
  await time.pass(20_000);
  expect(ranAtS).toEqual([0, 10, 20]);
});

test('gathers the calls within the least gap', async () => {
  const { time, work, ranAtS } = periodic({ leastGapMs: 1_000 });
  await time.pass(100);
  for (let call = 0; call < 5; call += 1) work.soon();
  await time.pass(10_900);
  expect(ranAtS).toEqual([0, 1, 11]);
});

test('a failing run is reported with its name, tried again with backoff, and counted anew after a success', async () => {
  let fails = true;
  const { time, ranAtS, failed } = periodic({
    run: async () => {
      if (fails) throw new Error('not up yet');
    },
  });
  await time.pass(17_000);
  expect(ranAtS).toEqual([0, 1, 3, 7, 15]);
  expect(failed.map(({ pauseMs }) => pauseMs)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000]);
  expect(failed[4]).toEqual({ name: 'counting', failures: 5, pauseMs: 10_000 });
  fails = false;
  await time.pass(8_000);
  fails = true;
  await time.pass(10_000);
  expect(failed[5]?.failures).toBe(1);
});

test('disposing aborts the run under way, waits for its end, and starts no other', async () => {
  const ended = Promise.withResolvers<void>();
  const { time, work, ranAtS, failed } = periodic({
    run: async (signal) => {
      signal.addEventListener('abort', () => ended.reject(new Error('the run was ended')));
      await ended.promise;
    },
  });
  await time.pass(0);
  work.soon();
  await work[Symbol.asyncDispose]();
  await expect(ended.promise).rejects.toThrow('the run was ended');
  work.soon();
  await time.pass(60_000);
  expect(ranAtS).toEqual([0]);
  expect(failed).toEqual([]);
});

test('warnWith logs the failure and when it is tried again', () => {
  const lines: unknown[] = [];
  const error = new Error('not up yet');
  warnWith({ warn: (...line) => void lines.push(line) })(error, { name: 'counting', failures: 2, pauseMs: 2_000 });
  expect(lines).toEqual([[{ err: error, failures: 2, pauseMs: 2_000 }, 'counting failed and is tried again']]);
});
