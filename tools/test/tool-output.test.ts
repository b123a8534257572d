import { describe, expect, it } from 'vitest';
import { readTypeErrors } from '../checks/types.ts';
import { knipProblems } from '../checks/unused.ts';

describe('the output of the type check', () => {
  it('is read as errors with the lines that belong to them, and the number of files', () => {
    const output = 'a.ts(1,2): error TS2322: no\n  because\n  of this\nb.ts(3,4): error TS2304: gone\n12 files\n';
    expect(readTypeErrors(output)).toEqual({
      errors: ['a.ts(1,2): error TS2322: no\n  because\n  of this', 'b.ts(3,4): error TS2304: gone'],
      files: 12,
    });
  });
});

describe('the output of knip', () => {
  it('becomes one line a finding', () => {
    const issue = { file: 'a.ts', exports: [{ name: 'one', line: 1 }], duplicates: [[{ name: 'x' }, { name: 'y' }]], types: [] };
    expect(knipProblems(issue)).toEqual(['a.ts: exports what nobody imports: one', 'a.ts: exports the same thing twice: x, y']);
  });

  it('says of a file that nothing imports it, once', () => {
    expect(knipProblems({ file: 'a.ts', files: [{ name: 'a.ts' }], exports: [{ name: 'one' }] })).toEqual([
      'a.ts: nothing imports this file',
    ]);
  });

  it('keeps findings of a kind that has no words yet', () => {
    expect(knipProblems({ file: 'a.ts', cycles: [{ name: 'b.ts' }] })).toEqual(['a.ts: cycles: b.ts']);
  });
});
