import { expect } from 'vitest';
import type { RawAnswer } from './raw-http.ts';

/** Holds a refusal to its status, its code and the form of problem details. */
export function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, answer.json?.['code'], answer.json?.['status']]).toEqual([status, code, status]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json?.['detail']).toEqual(expect.stringMatching(/./));
}

/** Holds a server to this: nothing that was done to it so far was an error of its own. */
export function expectNoErrors(log: string): void {
  const lines = log.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => /"level":"(error|fatal)"/.test(line) || !line.startsWith('{'))).toEqual([]);
}
