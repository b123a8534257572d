import { describe, expect, test } from 'vitest';
import { committedRecords, type FetchedRecord } from '../src/committed-records.ts';

const record = (offset: number, producerId: string, inTransaction = true): FetchedRecord => ({
  offset: `${offset}`,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  isControlRecord: false,
  batchContext: { producerId, inTransaction },
});
const end = (offset: number, producerId: string, type: 'abort' | 'commit'): FetchedRecord => ({
  ...record(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]),
  isControlRecord: true,
});
const offsets = (messages: FetchedRecord[], aborted: [string, number][]) =>
  committedRecords({
    partition: 0,
    highWatermark: '99',
    lastStableOffset: '99',
    messages,
    abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset: `${firstOffset}` })),
  }).map(({ offset }) => Number(offset));

describe('the committed records of a fetch', () => {
  test('are all but the ends of transactions', () => {
    expect(offsets([record(1, 'p'), end(2, 'p', 'commit'), record(3, 'p'), end(4, 'p', 'commit')], [])).toEqual([1, 3]);
  });

  test('are not those of a transaction that was given up, of one producer or of two at once', () => {
    const messages = [record(1, 'p'), record(2, 'q'), end(3, 'p', 'abort'), record(4, 'p'), end(5, 'q', 'abort'), record(6, 'q')];
    expect(offsets([...messages, end(7, 'p', 'commit')], [['p', 1], ['q', 2]])).toEqual([4, 6]); // biome-ignore format: one line
  });

  test('are not the rest of a transaction that began before the fetch and was given up', () => {
    expect(offsets([record(11, 'p'), end(12, 'p', 'abort'), record(13, 'p')], [['p', 5]])).toEqual([13]);
  });

  test('are those outside of transactions, whoever wrote them', () => {
    expect(offsets([record(1, 'p', false), record(2, 'p'), end(3, 'p', 'abort')], [['p', 1]])).toEqual([1]);
  });
});
