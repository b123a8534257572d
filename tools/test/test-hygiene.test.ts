import { describe, expect, it } from 'vitest';
import { testProblems } from '../checks/test-hygiene.ts';

describe('the test hygiene check', () => {
  it.each([
    "it.only('works', run);",
    "describe.skip('all', run);",
    "it.concurrent.skip('works', run);",
    "test.todo('later');",
    "it.fails('works', run);",
    "xit('works', run);",
    'const send = vi.fn();',
    "vi.mock('./clock.ts');",
    'await sleep(500);',
    'await delay(1_000);',
    'await setTimeout(50);',
    'await new Promise((resolve) => setTimeout(resolve, 100));',
  ])('refuses %s', (line) => {
    expect(testProblems('some.test.ts', `import x;\n${line}`)).toEqual([expect.stringMatching(/^some\.test\.ts:2: /)]);
  });

  it.each([
    "it.skipIf(lacks('nginx'))('serves as fast as nginx', run);",
    "it.each([1, 2])('takes %i', run);",
    "it('skips what it holds already', run);",
    'await eventually(() => seen.length === 3, 2_000);',
    'const timer = setTimeout(() => controller.abort(), 100);',
  ])('lets %s pass', (line) => {
    expect(testProblems('some.test.ts', line)).toEqual([]);
  });
});
