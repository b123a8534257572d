import { isOdstError } from '@odst/kernel';
import { expect, onTestFinished, test } from 'vitest';
import { settlesWithin, within } from '../src/index.ts';
import { createVirtualTime } from '../src/virtual-time.ts';

const never = new Promise<never>(() => undefined);

test('gives what work gives in time, and its error', async () => {
  expect(await within(1_000, 'adding', Promise.resolve(3))).toBe(3);
  expect(await within(1_000, 'adding', async () => 4)).toBe(4);
  await expect(within(1_000, 'adding', Promise.reject(new Error('no numbers')))).rejects.toThrow('no numbers');
});

test('says what took too long, and tells the work that nobody waits any more', async () => {
  const timers = createVirtualTime();
  let told: unknown;
  const work = (signal: AbortSignal): Promise<never> => {
    signal.addEventListener('abort', () => {
      told = signal.reason;
    });
    return never;
  };
  const caught = within(500, 'asking for a lease', work, { timers }).catch((error: unknown) => error);
  await timers.pass(499);
  expect(told).toBeUndefined();
  await timers.pass(1);
  const error = await caught;
  expect(isOdstError(error, 'COMMON_DEADLINE_EXCEEDED')).toBe(true);
  expect(error).toHaveProperty('message', 'asking for a lease took longer than 500 ms');
  expect(told).toBe(error);
});

test('takes the code of its caller, and ignores how late work ends', async () => {
  const timers = createVirtualTime();
  const { promise, reject } = Promise.withResolvers<void>();
  const caught = within(500, 'connecting', promise, { timers, code: 'COMMON_SERVICE_UNAVAILABLE' }).catch(
    (error: unknown) => error,
  );
  await timers.pass(500);
  expect(isOdstError(await caught, 'COMMON_SERVICE_UNAVAILABLE')).toBe(true);
  reject(new Error('nobody hears this'));
  await timers.pass(0);
});

test('ends with the reason of its signal, which the work hears too', async () => {
  const reason = new Error('the server stops');
  const stop = new AbortController();
  let told: unknown;
  const waiting = within(
    1_000,
    'asking',
    (signal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return never;
    },
    { signal: stop.signal },
  );
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(told).toBe(reason);
  await expect(within(1_000, 'asking', never, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

/** The rejections that nobody handled, each of which would end a server. */
function unhandledRejections(): unknown[] {
  const reasons: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const hear = (reason: unknown): void => void reasons.push(reason);
  process.on('unhandledRejection', hear);
  onTestFinished(() => {
    process.off('unhandledRejection', hear);
    for (const other of others) process.on('unhandledRejection', other);
  });
  return reasons;
}

test('begins no work when its signal aborted before, and lets a promise go on that nobody waits for', async () => {
  const unhandled = unhandledRejections();
  const reason = new Error('the server stops');
  const signal = AbortSignal.abort(reason);
  let begun = false;
  const work = async (): Promise<void> => {
    begun = true;
  };
  await expect(within(1_000, 'asking', work, { signal })).rejects.toBe(reason);
  expect(begun).toBe(false);
  await expect(within(1_000, 'asking', Promise.reject(new Error('late')), { signal })).rejects.toBe(reason);
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});

test('gives what work throws at once, and leaves no rejection behind when the work aborted its signal', async () => {
  const unhandled = unhandledRejections();
  const stop = new AbortController();
  const work = (): Promise<never> => {
    stop.abort(new Error('the server stops'));
    throw new Error('no such peer');
  };
  await expect(within(1_000, 'asking', work, { signal: stop.signal })).rejects.toThrow('no such peer');
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});

test('says whether a promise settles in time; a rejection is one way to settle', async () => {
  const timers = createVirtualTime();
  expect(await settlesWithin(1_000, Promise.resolve(), timers)).toBe(true);
  expect(await settlesWithin(1_000, Promise.reject(new Error('settled')), timers)).toBe(true);
  const late = settlesWithin(1_000, never, timers);
  await timers.pass(1_000);
  expect(await late).toBe(false);
});
