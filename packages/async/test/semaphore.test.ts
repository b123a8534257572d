import { expect, test } from 'vitest';
import { createKeyedLock, createSemaphore } from '../src/index.ts';

/** Lets every promise go on that can. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a semaphore lets so many in, and others in order of arrival', async () => {
  const semaphore = createSemaphore(2);
  const entered: number[] = [];
  const permits: Disposable[] = [];
  for (const task of [1, 2, 3, 4])
    void semaphore.acquire().then((permit) => {
      entered.push(task);
      permits.push(permit);
    });
  await turn();
  expect(entered).toEqual([1, 2]);
  permits[0]?.[Symbol.dispose]();
  permits[0]?.[Symbol.dispose]();
  await turn();
  expect(entered).toEqual([1, 2, 3]);
  permits[1]?.[Symbol.dispose]();
  await turn();
  expect(entered).toEqual([1, 2, 3, 4]);
});

test('who gives up waiting takes no permit', async () => {
  const semaphore = createSemaphore(1);
  const reason = new Error('gave up');
  const permit = await semaphore.acquire();
  const stop = new AbortController();
  const waiting = semaphore.acquire(stop.signal);
  const next = semaphore.acquire(new AbortController().signal);
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(semaphore.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
  permit[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  (await semaphore.acquire(stop.signal).catch(() => semaphore.acquire()))[Symbol.dispose]();
});

test('a keyed lock runs one task at a time for a key, others beside it, and goes on after a failure', async () => {
  const lock = createKeyedLock();
  const ran: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = lock.run('a', async () => {
    await gate.promise;
    ran.push('a1');
    throw new Error('a1 failed');
  });
  const second = lock.run('a', async () => ran.push('a2'));
  await lock.run('b', async () => ran.push('b'));
  expect(ran).toEqual(['b']);
  gate.resolve();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  expect(ran).toEqual(['b', 'a1', 'a2']);
});
