import { describe, expect, test } from 'vitest';
import { createHandover } from '../../src/kafka/handover.ts';

describe('the handover', () => {
  test('lets who gives wait until its item is done', async () => {
    const handover = createHandover<number>();
    const done: number[] = [];
    const giving = (async () => {
      for (const item of [1, 2, 3]) if (await handover.give(item)) done.push(item);
    })();
    const seen: number[] = [];
    for await (const item of handover.items()) {
      expect(done).toEqual(seen);
      seen.push(item);
      if (item === 3) break;
    }
    handover.end();
    await giving;
    expect([seen, done]).toEqual([
      [1, 2, 3],
      [1, 2],
    ]);
  });

  test('ends for both sides, at once for those who wait', async () => {
    const handover = createHandover<number>();
    const reading = (async () => {
      for await (const _item of handover.items());
      return 'ended';
    })();
    handover.end();
    expect(await reading).toBe('ended');
    expect(await handover.give(1)).toBe(false);
  });

  test('ends with an error', async () => {
    const handover = createHandover<number>();
    const reading = (async () => {
      for await (const _item of handover.items());
    })();
    handover.fail(new Error('planted'));
    await expect(reading).rejects.toThrow('planted');
  });
});
