import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { type FeedEvent, type FeedPage, feedSequence } from '../../src/events-feed/event-feed.ts';
import { eventStream } from '../../src/events-feed/event-stream.ts';
import { whileAllowed } from '../../src/events-feed/while-allowed.ts';
import { message } from './feed-database.ts';

const event = (number: number): FeedEvent => ({ ...message(number).event, feedsequence: feedSequence(BigInt(number)) });

/** What is written for pages of which each comes some time after the one before. */
async function written(
  pages: readonly (readonly [afterMs: number, numbers: readonly number[], next: number])[],
  isAliveTold = false,
) {
  let now = 0;
  async function* timed(): AsyncGenerator<FeedPage> {
    for (const [afterMs, numbers, next] of pages) {
      now += afterMs;
      yield { items: numbers.map(event), next: feedSequence(BigInt(next)), atEnd: true };
    }
  }
  const blocks: string[] = [];
  const options = { after: 0n, heartbeatMs: 1_000, elapsedMs: () => now, isAliveTold };
  for await (const text of eventStream(timed(), options)) blocks.push(text);
  return blocks;
}

describe('the stream of events', () => {
  test('begins with how long to wait before connecting again, then has id and data of each event', async () => {
    const blocks = await written([[0, [1, 2], 2]]);
    expect(blocks).toEqual([
      'retry: 1000\n\n',
      `id: ${feedSequence(1n)}\ndata: ${JSON.stringify(event(1))}\n\nid: ${feedSequence(2n)}\ndata: ${JSON.stringify(event(2))}\n\n`,
    ]);
  });

  test('has a line for each event whatever its text', async () => {
    const text = (await written([[0, [1], 1]])).join('');
    expect(text.split('\n').filter((line) => line.startsWith('data: '))).toHaveLength(1);
    expect(JSON.stringify({ filename: 'a\nb\r' })).not.toMatch(/[\r\n]/);
  });

  test('shows that it lives after a silence, and not before', async () => {
    const blocks = await written([
      [0, [1], 1],
      [999, [], 1],
      [1, [], 1],
      [999, [], 1],
      [1, [], 1],
    ]);
    expect(blocks.slice(2)).toEqual([': alive\n\n', ': alive\n\n']);
  });

  test('tells a page after each silence that it lives, and how far it is', async () => {
    const blocks = await written(
      [
        [1_000, [], 40],
        [1_000, [], 40],
      ],
      true,
    );
    const alive = 'event: alive\ndata: {}\n\n';
    expect(blocks.slice(1)).toEqual([`id: ${feedSequence(40n)}\n\n${alive}`, alive]);
  });

  test('tells a filtered reader how far it is, after a silence or a long stretch', async () => {
    expect(
      (
        await written([
          [10, [], 40],
          [990, [], 41],
          [10, [], 50],
          [10, [], 1_041],
          [10, [1_042], 1_042],
          [1_000, [], 1_042],
        ])
      ).slice(1),
    ).toEqual([
      `id: ${feedSequence(41n)}\n\n`,
      `id: ${feedSequence(1_041n)}\n\n`,
      expect.stringContaining('data: '),
      ': alive\n\n',
    ]);
  });
});

describe('a stream', () => {
  /** How many of five items pass, one each 20 s, when the right is asked for with this outcome. */
  async function passed(authorize: () => Promise<unknown>): Promise<number> {
    let now = 0;
    async function* items() {
      for (let count = 0; count < 5; count += 1) {
        yield count;
        now += 20_000;
      }
    }
    let count = 0;
    for await (const _item of whileAllowed(items(), authorize, () => now)) count += 1;
    return count;
  }

  test('ends within half a minute when the right to it is gone', async () => {
    expect(await passed(async () => Promise.reject(new OdstError('COMMON_ACCESS_DENIED', 'no')))).toBe(2);
    expect(await passed(async () => 'still allowed')).toBe(5);
  });

  test('goes on while nobody can be asked, and does not hide a defect', async () => {
    expect(await passed(async () => Promise.reject(new OdstError('COMMON_SERVICE_UNAVAILABLE', 'away')))).toBe(5);
    await expect(passed(async () => Promise.reject(new TypeError('planted')))).rejects.toThrow('planted');
  });
});
