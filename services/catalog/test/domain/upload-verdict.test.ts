import { givenDecider } from '@odst/event-store/contract';
import { describe, expect, test } from 'vitest';
import { packageDecider } from '../../src/domain/package-decider.ts';
import { historyOf, merge, published, serves, upload, uploadedHere } from '../support/package-commands.ts';
import { acted, author, letterOf, shaOf, uploaded } from '../support/records.ts';

const given = givenDecider(packageDecider);
const mine = uploaded([], author('a'), '1', 'Dev');

describe('an upload that says what it is to replace', () => {
  test('replaces only what whoever sends it saw in the stage, and nothing that came there meanwhile', () => {
    const theirs = uploaded([mine], author('b', 2), '3', 'Dev');
    const own = uploaded([theirs], author('a', 9), '2', 'Dev');
    const history = historyOf(upload(mine), merge([theirs]));
    const seen = (replaces: string) => ({ replace: true, replaces });
    given(history)
      .when(upload(own, seen(shaOf('1'))))
      .thenRefused('CATALOG_HEAD_REPLACED', { id: 1, stage: 'Dev', sha256: shaOf('3') });
    given(history)
      .when(upload(own, seen('nothing')))
      .thenRefused('CATALOG_HEAD_REPLACED');
    given(history)
      .when(upload(own, seen(shaOf('3'))))
      .thenState((state) => expect(letterOf(state?.served?.content)).toBe('2'));
    // What was sent before, and came to stand, is no replacement by others.
    given(history)
      .when(upload(theirs, seen(shaOf('1'))))
      .thenState((state) => expect(state?.changes).toEqual([theirs]));
  });

  test('is judged by its own stage, and a deletion is a change too', () => {
    const toProd = uploaded([mine], author('a', 9), '2', 'Prod');
    given(historyOf(upload(mine)))
      .when(upload(toProd, { replace: true, replaces: 'nothing' }))
      .thenState((state) => expect(state?.changes).toHaveLength(2));
    given(historyOf(upload(mine)))
      .when(upload(toProd, { replace: true, replaces: shaOf('1') }))
      .thenRefused('CATALOG_HEAD_REPLACED', { stage: 'Prod', sha256: '' });
    const gone = acted([mine], author('b', 5), { act: 'delete' });
    const again = uploaded([gone], author('a', 9), '2', 'Dev');
    const deleted = historyOf(upload(mine), merge([gone]));
    given(deleted)
      .when(upload(again, { replace: true, replaces: shaOf('1') }))
      .thenRefused('CATALOG_HEAD_REPLACED', { id: 1, sha256: '' });
    given(deleted)
      .when(upload(again, { replace: true, replaces: 'nothing' }))
      .then([uploadedHere(again), published('2'), serves('Dev', '2')]);
    given([])
      .when(upload(mine, { replace: true, replaces: shaOf('2') }))
      .thenRefused('CATALOG_HEAD_REPLACED');
    given([])
      .when(upload(mine, { replace: true, replaces: 'nothing' }))
      .then([uploadedHere(mine), published('1'), serves('Dev', '1')]);
  });
});
