import type { PackageChange } from '@odst/contracts/catalog';
import { type ErrorCode, isOdstError, type Stage, stages } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { type ActRequest, effectsOf, type Plan, planAct, planUpload } from '../../src/domain/acts.ts';
import type { FormerContent } from '../../src/domain/former.ts';
import { headsOf } from '../../src/domain/head.ts';
import { acted, author, contentOf, headsText, letterOf, shaOf, uploaded } from '../support/records.ts';

type Asked = Partial<ActRequest> & Pick<ActRequest, 'act'>;

/** Changes that make these heads, as `12-`; `1|2` stands for a conflict. */
function having(heads: string): readonly PackageChange[] {
  return heads.split(' ').flatMap((head, index) => {
    const stage = stages[index] ?? 'Dev';
    const sides = head === '-' ? [] : head.split('|');
    return sides.map((content, side) => uploaded([], author('abcdef'[index * 2 + side] ?? 'a', 5 - side), content, stage));
  });
}

const planned = (heads: string, asked: Asked, former: readonly FormerContent[] = []) =>
  planAct(
    { filename: 'NoMAD.pkg', heads: headsOf(having(heads)), former },
    { from: undefined, to: undefined, sha256: '', ...asked },
  );

/** What a plan does in one word, as `promote from Dev: (Dev -) Prod 1`; what is emptied by the way is in brackets. */
function text(plan: Plan | undefined): string {
  if (plan === undefined) return 'nothing';
  const sets = plan.sets.map(({ stage, content, byTheWay }) => {
    const set = `${stage} ${letterOf(content)}`;
    return byTheWay ? `(${set})` : set;
  });
  return `${plan.act}${plan.from === undefined ? '' : ` from ${plan.from}`}: ${sets.join(' ')}`;
}

/** The code that the act is refused with, and what the refusal names. */
function refusal(heads: string, asked: Asked, former: readonly FormerContent[] = []): readonly [ErrorCode, unknown] {
  try {
    planned(heads, asked, former);
  } catch (error) {
    if (isOdstError(error)) return [error.code, error.details];
    throw error;
  }
  return expect.unreachable('the act was planned');
}

const was = (stage: Stage, content: string, endedAt = 1n): FormerContent => ({ stage, content: contentOf(content), endedAt });

describe('an upload', () => {
  test.each<[string, Stage, string]>([
    ['- - -', 'Dev', 'upload: Dev 9'],
    ['- - -', 'Prod', 'upload: Prod 9'],
    ['1 - -', 'Dev', 'replace: Dev 9'],
    ['- - 1', 'Dev', 'replace: Dev 9'],
    ['1 - -', 'Prod', 'replace: Prod 9'],
    ['1 - 1', 'Prod', 'replace: (Dev -) Prod 9'],
    ['1 1 1', 'Prod', 'replace: (Dev -) (Test -) Prod 9'],
    ['1 2 1', 'Prod', 'replace: Prod 9'],
    ['2 1 1', 'Prod', 'replace: (Test -) Prod 9'],
    ['9 - 1', 'Prod', 'replace: (Dev -) Prod 9'],
    ['1|9 - 1', 'Prod', 'replace: Prod 9'],
    ['1 1|2 1', 'Prod', 'replace: Prod 9'],
    ['- - 1|2', 'Prod', 'replace: Prod 9'],
  ])('over %s into %s: %s', (heads, stage, plan) => {
    expect(text(planUpload(headsOf(having(heads)), stage, contentOf('9')))).toBe(plan);
  });
});

describe('a promotion', () => {
  test.each<[string, Omit<Asked, 'act'>, string]>([
    ['1 - -', { to: 'Prod' }, 'promote from Dev: (Dev -) Prod 1'],
    ['1 - -', { to: 'Test' }, 'promote from Dev: (Dev -) Test 1'],
    ['1 - 2', { to: 'Prod' }, 'promote from Dev: (Dev -) Prod 1'],
    ['1 2 -', { from: 'Dev', to: 'Prod' }, 'promote from Dev: Prod 1'],
    ['1 2 3', { from: 'Dev', to: 'Prod' }, 'promote from Dev: Prod 1'],
    ['1 2 -', { from: 'Test', to: 'Prod' }, 'promote from Test: (Test -) Prod 2'],
    ['2 2 -', { from: 'Test', to: 'Prod' }, 'promote from Test: (Dev -) (Test -) Prod 2'],
    ['3 2 3', { from: 'Test', to: 'Prod' }, 'promote from Test: (Dev -) (Test -) Prod 2'],
    ['1 2 -', { to: 'Prod', sha256: shaOf('1') }, 'promote from Dev: Prod 1'],
    ['1 1 -', { to: 'Prod' }, 'promote from Dev: (Dev -) (Test -) Prod 1'],
    ['1 2 1', { from: 'Dev', to: 'Prod' }, 'nothing'],
    ['1 - 1', { from: 'Dev', to: 'Prod' }, 'promote from Dev: (Dev -) Prod 1'],
    ['1|2 3 -', { from: 'Test', to: 'Prod' }, 'promote from Test: (Test -) Prod 3'],
  ])('of %s %j: %s', (heads, asked, plan) => {
    expect(text(planned(heads, { act: 'promote', ...asked }))).toBe(plan);
  });

  const ambiguous = {
    from: [
      { stage: 'Dev', sha256: shaOf('1') },
      { stage: 'Test', sha256: shaOf('2') },
    ],
  };
  test.each<[string, Omit<Asked, 'act'>, ErrorCode, unknown]>([
    ['1 - -', {}, 'COMMON_REQUEST_INVALID', { pointer: '/to' }],
    ['- - 1', { to: 'Prod' }, 'CATALOG_HEAD_EMPTY', { stage: 'Prod' }],
    ['- 1 -', { from: 'Dev', to: 'Prod' }, 'CATALOG_HEAD_EMPTY', { stage: 'Dev' }],
    ['1 - -', { from: 'Dev', to: 'Dev' }, 'CATALOG_STAGE_ORDER', { from: 'Dev', to: 'Dev' }],
    ['- - 1', { from: 'Prod', to: 'Dev' }, 'CATALOG_STAGE_ORDER', { from: 'Prod', to: 'Dev' }],
    ['1 2 -', { to: 'Prod' }, 'CATALOG_SOURCE_AMBIGUOUS', ambiguous],
    ['1 - -', { to: 'Prod', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED', { sha256: shaOf('1') }],
    ['1 2 -', { from: 'Dev', to: 'Prod', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED', { sha256: shaOf('1') }],
    ['1|2 - -', { to: 'Prod' }, 'CATALOG_HEAD_CONFLICTED', { stage: 'Dev' }],
    ['1 - 2|3', { to: 'Prod' }, 'CATALOG_HEAD_CONFLICTED', { stage: 'Prod' }],
  ])('of %s %j is refused: %s', (heads, asked, code, details) => {
    expect(refusal(heads, { act: 'promote', ...asked })).toEqual([code, details]);
  });
});

describe('a demotion', () => {
  test.each<[string, Omit<Asked, 'act'>, string]>([
    ['- - 1', { to: 'Test' }, 'demote from Prod: Test 1 Prod -'],
    ['- - 1', { to: 'Dev' }, 'demote from Prod: Dev 1 Prod -'],
    ['- 2 1', { to: 'Dev' }, 'demote from Prod: Dev 1 Prod -'],
    ['- 2 1', { from: 'Test', to: 'Dev' }, 'demote from Test: Dev 2 Test -'],
    ['- 2 1', { to: 'Dev', sha256: shaOf('2') }, 'demote from Test: Dev 2 Test -'],
    ['3 2 1', { from: 'Prod', to: 'Dev' }, 'demote from Prod: Dev 1 Prod -'],
  ])('of %s %j: %s', (heads, asked, plan) => {
    expect(text(planned(heads, { act: 'demote', ...asked }))).toBe(plan);
  });

  test.each<[string, Omit<Asked, 'act'>, ErrorCode, unknown]>([
    ['- - 1', {}, 'COMMON_REQUEST_INVALID', { pointer: '/to' }],
    ['1 - -', { to: 'Dev' }, 'CATALOG_HEAD_EMPTY', { stage: 'Dev' }],
    ['- 1 -', { from: 'Prod', to: 'Dev' }, 'CATALOG_HEAD_EMPTY', { stage: 'Prod' }],
    ['1 - -', { from: 'Dev', to: 'Prod' }, 'CATALOG_STAGE_ORDER', { from: 'Dev', to: 'Prod' }],
    ['- - 1', { to: 'Dev', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED', { sha256: shaOf('1') }],
    ['- - 1|2', { to: 'Dev' }, 'CATALOG_HEAD_CONFLICTED', { stage: 'Prod' }],
    ['1|2 - 3', { to: 'Dev' }, 'CATALOG_HEAD_CONFLICTED', { stage: 'Dev' }],
  ])('of %s %j is refused: %s', (heads, asked, code, details) => {
    expect(refusal(heads, { act: 'demote', ...asked })).toEqual([code, details]);
  });
});

describe('a deletion', () => {
  test.each<[string, Omit<Asked, 'act'>, string]>([
    ['1 - -', {}, 'delete: Dev - Test - Prod -'],
    ['1 2 3', {}, 'delete: Dev - Test - Prod -'],
    ['1 2 3', { to: 'Test' }, 'delete: Test -'],
    ['1 2 3', { sha256: shaOf('2') }, 'delete: Dev - Test - Prod -'],
    ['1|2 - -', { to: 'Dev' }, 'delete: Dev -'],
    ['1|2 - -', { to: 'Dev', sha256: shaOf('2') }, 'delete: Dev -'],
  ])('of %s %j: %s', (heads, asked, plan) => {
    expect(text(planned(heads, { act: 'delete', ...asked }))).toBe(plan);
  });

  test.each<[string, Omit<Asked, 'act'>, ErrorCode]>([
    ['- - -', {}, 'CATALOG_HEAD_EMPTY'],
    ['1 - -', { to: 'Prod' }, 'CATALOG_HEAD_EMPTY'],
    ['1 - -', { sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED'],
    ['1 2 -', { to: 'Dev', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED'],
  ])('of %s %j is refused: %s', (heads, asked, code) => {
    expect(refusal(heads, { act: 'delete', ...asked })[0]).toBe(code);
  });
});

describe('a restoration', () => {
  const former = [was('Dev', '2'), was('Dev', '1'), was('Prod', '3')];

  test.each<[string, Omit<Asked, 'act'>, string]>([
    ['- - -', { to: 'Dev' }, 'restore: Dev 2'],
    ['- - -', { to: 'Dev', sha256: shaOf('1') }, 'restore: Dev 1'],
    ['9 - -', { to: 'Dev', sha256: shaOf('1') }, 'restore: Dev 1'],
    ['- - -', { to: 'Test', sha256: shaOf('3') }, 'restore: Test 3'],
  ])('over %s %j: %s', (heads, asked, plan) => {
    expect(text(planned(heads, { act: 'restore', ...asked }, former))).toBe(plan);
  });

  test.each<[string, Omit<Asked, 'act'>, ErrorCode]>([
    ['9 - -', { to: 'Dev' }, 'CATALOG_HEAD_TAKEN'],
    ['- - -', { to: 'Test' }, 'CATALOG_REVISION_UNKNOWN'],
    ['- - -', { to: 'Dev', sha256: shaOf('8') }, 'CATALOG_REVISION_UNKNOWN'],
    ['1 - -', { to: 'Dev', sha256: shaOf('1') }, 'CATALOG_REVISION_UNKNOWN'],
    ['8|9 - -', { to: 'Dev' }, 'CATALOG_HEAD_CONFLICTED'],
    ['- - -', {}, 'CATALOG_REVISION_UNKNOWN'],
    ['9 - -', {}, 'CATALOG_REVISION_UNKNOWN'],
  ])('over %s %j is refused: %s', (heads, asked, code) => {
    expect(refusal(heads, { act: 'restore', ...asked }, former)[0]).toBe(code);
  });

  test('without a stage says, where nothing can be taken back, how to find what is kept', () => {
    expect(() => planned('- - -', { act: 'restore' }, former)).toThrow(
      'has no deletion that could be taken back with what is kept here. Its revisions say what is: name the stage of one. Other servers may keep more',
    );
  });

  describe('without a stage', () => {
    const present = having('1 - 3');
    const gone = acted(present, author('f', 9), { act: 'delete' });
    const ended = (stamp: bigint) => [was('Dev', '1', stamp), was('Dev', '4'), was('Prod', '3', stamp), was('Test', '5')];
    const restored = (changes: readonly PackageChange[], former: readonly FormerContent[], sha256 = '') =>
      text(
        planAct(
          { filename: 'NoMAD.pkg', heads: headsOf(changes), former },
          { act: 'restore', from: undefined, to: undefined, sha256 },
        ),
      );

    test('puts back what the deletion emptied, and nothing older', () => {
      expect(restored([gone], ended(gone.stamp))).toBe('restore: Dev 1 Prod 3');
      expect(restored([gone], ended(gone.stamp), shaOf('3'))).toBe('restore: Prod 3');
    });

    test('puts back what several sites deleted without knowing of each other', () => {
      const also = acted(present, author('e', 10), { act: 'delete' });
      expect(restored([gone, also], ended(gone.stamp))).toBe('restore: Dev 1 Prod 3');
      expect(restored([gone, also], ended(also.stamp))).toBe('restore: Dev 1 Prod 3');
    });

    test('puts back what had won a conflict that was resolved to nothing', () => {
      const rival = uploaded([], author('b', 3), '4', 'Prod');
      const sides = [...having('- - 3'), rival];
      const resolved = acted(sides, author('f', 9), { act: 'resolve', to: 'Prod' });
      const left = [was('Prod', '4', resolved.stamp), was('Prod', '3', resolved.stamp)];
      expect(restored([resolved], left)).toBe('restore: Prod 4');
      expect(restored([resolved], left, shaOf('4'))).toBe('restore: Prod 4');
    });

    test('puts back what the latest of several deletions emptied', () => {
      const first = acted(having('1 - 3'), author('f', 8), { act: 'delete', to: 'Dev' });
      const second = acted([...having('1 - 3'), first], author('f', 9), { act: 'delete', to: 'Prod' });
      const former = [was('Dev', '1', first.stamp), was('Prod', '3', second.stamp)];
      expect(headsText([first, second])).toBe('---');
      expect(restored([first, second], former)).toBe('restore: Prod 3');
    });
  });
});

describe('a rollback', () => {
  const former = [was('Prod', '2'), was('Prod', '1'), was('Dev', '4')];

  test.each<[string, Omit<Asked, 'act'>, string]>([
    ['- - 3', { to: 'Prod' }, 'rollback: Prod 2'],
    ['- - 3', { to: 'Prod', sha256: shaOf('3') }, 'rollback: Prod 2'],
    ['- - 2', { to: 'Prod' }, 'rollback: Prod 1'],
  ])('of %s %j: %s', (heads, asked, plan) => {
    expect(text(planned(heads, { act: 'rollback', ...asked }, former))).toBe(plan);
  });

  test.each<[string, Omit<Asked, 'act'>, ErrorCode]>([
    ['- - 3', {}, 'COMMON_REQUEST_INVALID'],
    ['- - -', { to: 'Prod' }, 'CATALOG_HEAD_EMPTY'],
    ['- 3 -', { to: 'Test' }, 'CATALOG_REVISION_UNKNOWN'],
    ['- - 3', { to: 'Prod', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED'],
    ['- - 3|5', { to: 'Prod' }, 'CATALOG_HEAD_CONFLICTED'],
  ])('of %s %j is refused: %s', (heads, asked, code) => {
    expect(refusal(heads, { act: 'rollback', ...asked }, former)[0]).toBe(code);
  });
});

describe('a resolution', () => {
  test.each<[string, Omit<Asked, 'act'>, string]>([
    ['1|2 - -', { to: 'Dev', sha256: shaOf('1') }, 'resolve: Dev 1'],
    ['1|2 - -', { to: 'Dev', sha256: shaOf('2') }, 'resolve: Dev 2'],
    ['1|2 - -', { to: 'Dev' }, 'resolve: Dev -'],
  ])('of %s %j: %s', (heads, asked, plan) => {
    expect(text(planned(heads, { act: 'resolve', ...asked }))).toBe(plan);
  });

  test.each<[string, Omit<Asked, 'act'>, ErrorCode, unknown]>([
    ['1|2 - -', {}, 'COMMON_REQUEST_INVALID', { pointer: '/stage' }],
    ['1 - -', { to: 'Dev' }, 'CATALOG_CONFLICT_UNKNOWN', { stage: 'Dev' }],
    ['1|2 - -', { to: 'Prod' }, 'CATALOG_CONFLICT_UNKNOWN', { stage: 'Prod' }],
    ['1|2 - -', { to: 'Dev', sha256: shaOf('3') }, 'CATALOG_CONTENT_CHANGED', { sides: [shaOf('1'), shaOf('2')] }],
  ])('of %s %j is refused: %s', (heads, asked, code, details) => {
    expect(refusal(heads, { act: 'resolve', ...asked })).toEqual([code, details]);
  });
});

describe('what an act means for the sites of Dev, Test and Prod', () => {
  const effects = (heads: string, plan: Plan | undefined) =>
    effectsOf(headsOf(having(heads)), plan)
      .map(({ before, after }) => `${letterOf(before)}${letterOf(after)}`)
      .join(' ');

  test.each<[string, Asked, string]>([
    ['1 2 -', { act: 'promote', from: 'Dev', to: 'Prod' }, '11 22 -1'],
    ['1 - 3', { act: 'promote', to: 'Prod' }, '11 31 31'],
    ['- - 3', { act: 'demote', to: 'Dev' }, '33 3- 3-'],
    ['1 2 3', { act: 'delete', to: 'Dev' }, '12 22 33'],
    ['1 2 3', { act: 'delete' }, '1- 2- 3-'],
  ])('of %s: %j: %s', (heads, asked, words) => {
    expect(effects(heads, planned(heads, asked))).toBe(words);
  });

  test('of nothing is nothing', () => {
    expect(effects('1 - 3', undefined)).toBe('11 33 33');
  });
});
