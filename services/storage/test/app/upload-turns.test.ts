import { expect, test } from 'vitest';
import { createUploadTurns } from '../../src/app/resumable/upload-turns.ts';

test('a request ends the one before it, and waits until that is over', async () => {
  const turns = createUploadTurns();
  const ended: string[] = [];
  const first = await turns.take('one', () => void ended.push('first'));
  let taken = false;
  const second = turns
    .take('one', () => void ended.push('second'))
    .then((turn) => {
      taken = true;
      return turn;
    });
  const other = await turns.take('other', () => void ended.push('other'));
  expect([ended, taken, [...turns.live]]).toEqual([['first'], false, ['one', 'other']]);
  first[Symbol.dispose]();
  const turn = await second;
  // Over already: it takes nothing from who has the turn now.
  first[Symbol.dispose]();
  expect([...turns.live]).toEqual(['other', 'one']);
  turn[Symbol.dispose]();
  other[Symbol.dispose]();
  expect(turns.live.size).toBe(0);
});

test('nobody ends an upload that is brought to its end, or waits for it to be told where it stands', async () => {
  const turns = createUploadTurns();
  let ends = 0;
  const deciding = await turns.take('one', () => {
    ends += 1;
  });
  const asked = turns.interrupt('one');
  expect(ends).toBe(1);
  deciding.decide();
  await asked;
  await turns.interrupt('one');
  await turns.interrupt('another');
  const next = turns.take('one', () => undefined);
  const settled = turns.settled();
  deciding[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  await settled;
  expect(ends).toBe(1);
});

test('who asks where an upload stands waits until the request that was ended is over', async () => {
  const turns = createUploadTurns();
  const turn = await turns.take('one', () => undefined);
  let told = false;
  const asked = turns.interrupt('one').then(() => {
    told = true;
  });
  await Promise.resolve();
  expect(told).toBe(false);
  turn[Symbol.dispose]();
  await asked;
  expect(told).toBe(true);
});

test('of many that wait each has its turn', async () => {
  const turns = createUploadTurns();
  let inside = 0;
  let most = 0;
  let served = 0;
  const work = async () => {
    using _turn = await turns.take('one', () => undefined);
    inside += 1;
    most = Math.max(most, inside);
    await Promise.resolve();
    inside -= 1;
    served += 1;
  };
  await Promise.all(Array.from({ length: 50 }, work));
  expect([most, served]).toEqual([1, 50]);
});
