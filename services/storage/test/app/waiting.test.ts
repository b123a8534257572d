import { describe, expect, test } from 'vitest';
import { createGate } from '../../src/app/gate.ts';
import { createKeyedLock } from '../../src/app/keyed-lock.ts';

/** Lets everything run that is ready to. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the lock', () => {
  test('lets one task at a time run for a key, in order, and does not mind failures', async () => {
    const lock = createKeyedLock();
    const log: string[] = [];
    const first = Promise.withResolvers<void>();
    const runs = [
      lock.run('a', async () => {
        log.push('1');
        await first.promise;
        throw new Error('failed');
      }),
      lock.run('a', async () => log.push('2')),
      lock.run('b', async () => log.push('other')),
    ];
    await settle();
    expect(log).toEqual(['1', 'other']);
    first.resolve();
    expect((await Promise.allSettled(runs)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(log).toEqual(['1', 'other', '2']);
  });
});

describe('the gate', () => {
  test('lets in as many as it has places, the others in order', async () => {
    const gate = createGate(1);
    const inside = await gate.enter();
    const log: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const place = await gate.enter();
      log.push(number);
      return place;
    });
    await settle();
    expect(log).toEqual([]);
    inside[Symbol.dispose]();
    inside[Symbol.dispose]();
    await settle();
    expect(log).toEqual([1]);
    (await waiting[0])?.[Symbol.dispose]();
    (await waiting[1])?.[Symbol.dispose]();
    expect(log).toEqual([1, 2]);
    (await gate.enter())[Symbol.dispose]();
  });

  test('forgets who stops waiting', async () => {
    const gate = createGate(1);
    const inside = await gate.enter();
    const abort = new AbortController();
    const waiting = gate.enter(abort.signal);
    abort.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    inside[Symbol.dispose]();
    (await gate.enter())[Symbol.dispose]();
    await expect(gate.enter(abort.signal)).rejects.toThrow('gone');
  });
});
