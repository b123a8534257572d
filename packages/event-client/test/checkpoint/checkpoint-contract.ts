import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../src/checkpoint/checkpoint.ts';

/** The tests that every checkpoint passes. */
export function checkpointContract(name: string, open: () => Promise<Checkpoint>): void {
  describe(`checkpoint: ${name}`, () => {
    test('has nothing at first', async () => {
      expect(await (await open()).load()).toBeUndefined();
    });

    test('has what was saved last', async () => {
      const checkpoint = await open();
      for (const position of ['1', '{"a":{"0":"17"}}', 'ü 3']) {
        await checkpoint.save(position);
        expect(await checkpoint.load()).toBe(position);
      }
    });
  });
}
