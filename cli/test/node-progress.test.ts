import { describe, expect, test } from 'vitest';
import { startProgress } from '../src/node-progress.ts';

/** Where nobody watches, with a clock that is moved by hand. */
function unwatched(totalBytes: number) {
  const lines: string[] = [];
  let nowMs = 0;
  const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
  const progress = startProgress('a\u001b.pkg', totalBytes, stream, () => nowMs);
  const at = (seconds: number, bytes: number): void => {
    nowMs = seconds * 1_000;
    progress.update(bytes);
  };
  return { lines, at, progress };
}

describe('progress where nobody watches', () => {
  test('is a line now and then, with the rate of late and what is left at it', () => {
    const { lines, at } = unwatched(10 * 2 ** 30);
    for (let second = 0; second <= 29; second += 1) at(second, second * 2 ** 20);
    expect(lines).toEqual([]);
    at(30, 30 * 2 ** 20);
    at(31, 31 * 2 ** 20);
    expect(lines).toEqual(['a\\u001b.pkg: 30.0 MB of 10.0 GB  1.0 MB/s  2:50:10 left\n']);
  });

  test('knows no rate of a standstill, and counts minutes', () => {
    const { lines, at } = unwatched(2 ** 20);
    at(0, 1_024);
    at(40, 1_024);
    at(80, 2_048);
    at(81, 11_264);
    at(112, 11_264);
    expect(lines).toEqual([
      'a\\u001b.pkg: 1.0 KB of 1.0 MB\n',
      'a\\u001b.pkg: 2.0 KB of 1.0 MB\n',
      'a\\u001b.pkg: 11.0 KB of 1.0 MB\n',
    ]);
  });
});
