import { createLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { createFailureLog } from '../../src/delivery/failure-log.ts';

/** A failure log, and the level and failures of each of its lines. */
function written() {
  const lines: (readonly [string, number | undefined])[] = [];
  const write = (line: string): void => {
    const { level, failures } = JSON.parse(line) as { level: string; failures?: number };
    lines.push([level, failures]);
  };
  const failureLog = createFailureLog(createLogger({ name: 'test', destination: { write } }));
  const fail = (part: string, times: number): void => {
    for (let time = 0; time < times; time += 1) failureLog.failed(part, { err: new Error('planted') }, 'failed');
  };
  return { lines, fail, succeeded: failureLog.succeeded };
}

test('what fails six times in a row is an error once, and told when it goes on', () => {
  const { lines, fail, succeeded } = written();
  fail('a', 8);
  expect(lines.map(([level]) => level)).toEqual(['warn', 'warn', 'warn', 'warn', 'warn', 'error', 'warn', 'warn']);
  expect(lines.map(([, failures]) => failures)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  succeeded('a');
  expect(lines.at(-1)).toEqual(['info', undefined]);
});

test('what succeeds in between begins anew, and nothing is told of it', () => {
  const { lines, fail, succeeded } = written();
  fail('a', 5);
  succeeded('a');
  fail('a', 5);
  succeeded('b');
  expect(lines.map(([level]) => level)).toEqual(Array.from({ length: 10 }, () => 'warn'));
});

test('what fails with many keys is one error, until the last of them goes on', () => {
  const { lines, fail, succeeded } = written();
  for (const key of ['a', 'b', 'c']) fail(key, 7);
  succeeded('a');
  succeeded('b');
  expect(lines.filter(([level]) => level === 'error')).toHaveLength(1);
  expect(lines.at(-1)?.[0]).toBe('warn');
  succeeded('c');
  expect(lines.at(-1)?.[0]).toBe('info');
  fail('d', 6);
  expect(lines.filter(([level]) => level === 'error')).toHaveLength(2);
});
