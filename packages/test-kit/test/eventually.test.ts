import { expect, test } from 'vitest';
import { eventually } from '../src/index.ts';

test('returns the first answer that is not false, undefined or null', async () => {
  const answers = [false, undefined, null, 0];
  expect(await eventually(() => answers.shift())).toBe(0);
  expect(answers).toEqual([]);
});

test('goes on while the condition throws', async () => {
  let calls = 0;
  const answer = await eventually(async () => {
    calls += 1;
    if (calls < 3) throw new Error('not yet');
    return 'now';
  });
  expect(answer).toBe('now');
});

test('gives up at the time limit and tells the last error', async () => {
  const failure = await eventually(() => Promise.reject(new Error('still wrong')), 30).catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: expect.stringContaining('still wrong'), cause: { message: 'still wrong' } });
});

test('gives up at the time limit and tells the last answer', async () => {
  await expect(eventually(() => false, 30)).rejects.toThrow('within 30 ms; it answered false');
});

test('gives up on a condition that hangs', async () => {
  await expect(eventually(() => new Promise<boolean>(() => undefined), 30)).rejects.toThrow('it never answered');
});
