import { expect, test } from 'vitest';
import { createTurns } from '../src/features/uploads/turns.ts';

test('lets two work at once, passes over who gave up, and takes a place back once', () => {
  const turns = createTurns(2);
  const begun: string[] = [];
  const leave = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, turns.take(() => begun.push(name))]));
  expect(begun).toEqual(['a', 'b']);
  leave.get('c')?.();
  leave.get('a')?.();
  leave.get('a')?.();
  expect(begun).toEqual(['a', 'b', 'd']);
  leave.get('b')?.();
  expect(begun).toEqual(['a', 'b', 'd', 'e']);
});
