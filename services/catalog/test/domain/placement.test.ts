import { givenDecider } from '@odst/event-store/contract';
import { describe, expect, test } from 'vitest';
import { type PackageCommand, packageDecider } from '../../src/domain/package-decider.ts';
import {
  historyOf,
  judge,
  leaving,
  merge,
  now,
  of,
  published,
  serves,
  servesNothing,
  site,
  wanted,
  withheld,
} from '../support/package-commands.ts';
import { acted, author, uploaded } from '../support/records.ts';

const given = givenDecider(packageDecider);
const prod = uploaded([], author('b'), '1', 'Prod');
const dev = uploaded([], author('b'), '1', 'Dev');

describe('judging again', () => {
  test('wants or publishes what the server admits now', () => {
    given(historyOf(merge([dev])))
      .when(judge(site('', 'Dev')))
      .then([wanted('1', ''), serves('Dev', '1')]);
    given(historyOf(merge([dev])))
      .when(judge(site('1', 'Dev')))
      .then([published('1'), serves('Dev', '1')]);
  });

  test('withholds what is wanted no longer, and goes on serving what is here, for a while', () => {
    given(historyOf(merge([dev], site('', 'Dev'))))
      .when(judge(site()))
      .then([withheld('1'), servesNothing]);
    given(historyOf(merge([dev], site('1', 'Dev'))))
      .when(judge(site('1')))
      .then([leaving('1')]);
  });

  test('wants again what is gone from the disk', () => {
    given(historyOf(merge([prod], site('1'))))
      .when(judge(site()))
      .then([wanted('1', '')]);
  });

  test('of nothing changes nothing', () => {
    given([])
      .when(judge(site('1')))
      .then([]);
  });
});

describe('the trash', () => {
  const gone = acted([prod], author('b', 1), { act: 'delete' });
  const history = historyOf(merge([prod], site('1')), merge([gone], site('1')));
  const discard = (trashedBefore: Date): PackageCommand => ({ type: 'DiscardTrash', trashedBefore });

  test('keeps its contents for their time, then the package names them no more', () => {
    given(history).when(discard(now)).then([]);
    given(history)
      .when(discard(author('a', 31).now))
      .then([{ type: 'PackageDiscarded', data: of('1') }]);
    given(history)
      .when(discard(author('a', 31).now))
      .thenState((state) => expect(state).toMatchObject({ here: [], trash: [], former: [], uploadedHere: [] }));
    given([]).when(discard(now)).then([]);
  });
});
