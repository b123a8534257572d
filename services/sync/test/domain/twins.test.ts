import { expect, test } from 'vitest';
import { areTwins, type SeenEpochs, sawEpoch, unseen } from '../../src/domain/twins.ts';

const minute = 60_000;
const seenAfter = (epochs: readonly string[], from = unseen): SeenEpochs =>
  epochs.reduce((seen, epoch, index) => sawEpoch(seen, epoch, index * minute), from);

test('a server that is started again and again is one', () => {
  const seen = seenAfter(Array.from({ length: 200 }, (_, index) => `epoch ${index}`));
  expect(areTwins(seen, 200 * minute)).toBe(false);
  expect(seen.epochs).toHaveLength(64);
});

test('a request that was on its way while a server was started anew makes no two', () => {
  expect(areTwins(seenAfter(['one', 'one', 'two', 'one', 'two', 'two']), 6 * minute)).toBe(false);
});

test('two servers whose epochs alternate are noticed, at the third return', () => {
  expect(areTwins(seenAfter(['one', 'two', 'one', 'two']), 4 * minute)).toBe(false);
  expect(areTwins(seenAfter(['one', 'two', 'one', 'two', 'one']), 5 * minute)).toBe(true);
});

test('returns that lie months apart make no two', () => {
  const month = 30 * 24 * 60 * minute;
  const late = (seen: SeenEpochs, at: number) => sawEpoch(sawEpoch(seen, `late ${at}`, at), `early ${at}`, at);
  const restart = (seen: SeenEpochs, at: number) => sawEpoch(late(sawEpoch(seen, `early ${at}`, at), at), `late ${at}`, at);
  const seen = [month, 2 * month, 3 * month].reduce(restart, unseen);
  expect(areTwins(seen, 3 * month)).toBe(false);
});

test('they are two until nothing has come back for ten minutes', () => {
  const seen = seenAfter(['one', 'two', 'one', 'two', 'one']);
  expect(areTwins(sawEpoch(seen, 'one', 13 * minute), 13 * minute)).toBe(true);
  expect(areTwins(seen, 14 * minute)).toBe(false);
});

test('what is nothing new is the same value, so that nothing is written down', () => {
  const seen = seenAfter(['one', 'two']);
  expect(sawEpoch(seen, 'two', 9 * minute)).toBe(seen);
});
