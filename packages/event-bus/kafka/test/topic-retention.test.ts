import { describe, expect, test } from 'vitest';
import { keepsAll, lossySettings } from '../src/topic-retention.ts';

describe('the settings of a topic', () => {
  test('of this bus lose nothing', () => {
    expect(lossySettings(keepsAll)).toEqual([]);
  });

  test.each([
    [{ 'retention.ms': '604800000' }, ['retention.ms=604800000']],
    [{ 'retention.bytes': '1000' }, ['retention.bytes=1000']],
    [{ 'cleanup.policy': 'compact' }, ['cleanup.policy=compact']],
    // Without the policy to delete a limit has no effect.
    [{ 'cleanup.policy': 'compact', 'retention.ms': '1' }, ['cleanup.policy=compact']],
    [
      { 'cleanup.policy': 'compact, delete', 'retention.ms': '1', 'retention.bytes': '2' },
      ['cleanup.policy=compact, delete', 'retention.ms=1', 'retention.bytes=2'],
    ],
  ])('%j are named when they lose events', (settings, named) => {
    expect(lossySettings({ ...keepsAll, ...settings })).toEqual(named);
  });
});
