import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { createConsumerAge } from '../../src/index.ts';

const group = { group: 'readers.all', topics: ['odst.notes.v1', 'odst.others.v1'] };

test('ages go on while the bus is away, from what it said last', async () => {
  let now = new Date('2026-01-01T00:01:00Z');
  let isAway = true;
  const oldestUndone = async () => {
    if (isAway) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the bus is away');
    return new Map([['odst.notes.v1', new Date('2026-01-01T00:00:00Z')]]);
  };
  const read = createConsumerAge({ oldestUndone }, group, { now: () => now });
  await expect(read()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  isAway = false;
  expect(await read()).toEqual([
    { topic: 'odst.notes.v1', oldestAgeSeconds: 60 },
    { topic: 'odst.others.v1', oldestAgeSeconds: 0 },
  ]);
  isAway = true;
  now = new Date('2026-01-01T00:02:00Z');
  expect(await read()).toEqual([
    { topic: 'odst.notes.v1', oldestAgeSeconds: 120 },
    { topic: 'odst.others.v1', oldestAgeSeconds: 0 },
  ]);
});
