import { readFileSync } from 'node:fs';
import { type Check, inScope } from './check.ts';
import { sourceFiles } from './source-files.ts';

/** What a test file must not hold. `skipIf` is allowed: it says what the machine lacks. */
const forbidden: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/,
    reason: 'a test that does not run, or keeps others from it',
  },
  { pattern: /\b(?:fit|fdescribe|xit|xtest|xdescribe)\s*\(/, reason: 'a test that does not run, or keeps others from it' },
  {
    pattern: /\bvi\.(?:mock|doMock|fn|spyOn|stubGlobal|hoisted|useFakeTimers)\b/,
    reason: 'no mock library: use the memory adapter or a clock',
  },
  { pattern: /\b(?:sleep|delay)\(\s*[\d_]+/, reason: 'no sleep: eventually(condition, timeoutMs) of @odst/testing' },
  {
    pattern: /\bawait\s+(?:\w+\.)?setTimeout\(|\bsetTimeout\(\s*(?:resolve|done|r)\b/,
    reason: 'no sleep: eventually(condition, timeoutMs) of @odst/testing',
  },
];

/** Problems of one test file, with their lines. */
export function testProblems(file: string, text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      forbidden
        .filter(({ pattern }) => pattern.test(line))
        .map(({ reason }) => `${file}:${index + 1}: ${reason}: ${line.trim()}`),
    );
}

/** Tests run, all of them, without mocks and without waiting for a time that happens to be enough. */
export const testHygiene: Check = {
  name: 'test-hygiene',
  async run(scope) {
    const files = (await sourceFiles()).filter((file) => file.endsWith('.test.ts') && file !== 'tools/test/test-hygiene.test.ts');
    const problems = files
      .filter((file) => inScope(scope, file))
      .flatMap((file) => testProblems(file, readFileSync(file, 'utf8')));
    return { problems, seen: `${files.length} test files` };
  },
};
