import { givenDecider } from '@odst/event-store/contract';
import type { Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { evolvePackage, type Package, type PackageEvent } from '../../src/domain/package.ts';
import { packageDecider } from '../../src/domain/package-decider.ts';
import { contentsInQuestion } from '../../src/domain/placement.ts';
import {
  historyOf,
  holds,
  judge,
  leaving,
  letGo,
  merge,
  published,
  serves,
  servesNothing,
  site,
  told,
  trashed,
  upload,
  wanted,
} from '../support/package-commands.ts';
import { acted, author, letterOf, uploaded } from '../support/records.ts';

const given = givenDecider(packageDecider);
const prod = uploaded([], author('b'), '1', 'Prod');
const demoted = acted([prod], author('b', 1), { act: 'demote', to: 'Test' });
const here = site('1');
const afterDemotion = historyOf(merge([prod], here), merge([demoted], here));

describe('a content that is leaving', () => {
  test('goes, and is served no more, when a server that admits it holds it', () => {
    for (const stage of ['Dev', 'Test'] as const) {
      given(afterDemotion)
        .when(holds('1', stage, here))
        .then([letGo('1'), servesNothing]);
    }
  });

  test('stays when one holds it that does not admit it, which may let go itself', () => {
    given(afterDemotion)
      .when(holds('1', 'Prod', here))
      .then([]);
    const toDev = acted([demoted], author('b', 2), { act: 'demote', from: 'Test', to: 'Dev' });
    const twice = historyOf(merge([prod], here), merge([demoted], here), merge([toDev], here));
    given(twice)
      .when(holds('1', 'Test', here))
      .then([]);
    given(twice)
      .when(holds('1', 'Dev', here))
      .then([letGo('1'), servesNothing]);
  });

  test('stays when this server has another stage by now, or a head that it admits has it again', () => {
    given(afterDemotion)
      .when(holds('1', 'Test', site('1', 'Test')))
      .then([]);
    const again = acted([demoted], author('b', 2), { act: 'promote', to: 'Prod' });
    given(historyOf(merge([prod], here), merge([demoted], here), merge([again], here)))
      .when(holds('1', 'Dev', here))
      .then([]);
  });

  test('of a deletion that is asked about stays, as of one that is followed', () => {
    const asking = site('1', 'Prod', 'ask');
    given(historyOf(merge([prod], asking), merge([demoted], asking)))
      .when(holds('1', 'Dev', asking))
      .then([letGo('1'), servesNothing]);
    const deleted = acted([demoted], author('b', 2), { act: 'delete' });
    given(historyOf(merge([prod], asking), merge([demoted], asking), merge([deleted], asking)))
      .when(holds('1', 'Dev', asking))
      .then([]);
  });

  test('that is deleted goes into the trash, and not by the word of another', () => {
    const deleted = acted([demoted], author('b', 2), { act: 'delete' });
    given(afterDemotion)
      .when(merge([deleted], here))
      .then([told(deleted), servesNothing, trashed('1')]);
    given([...afterDemotion, told(deleted), servesNothing, trashed('1')])
      .when(holds('1', 'Dev', here))
      .then([]);
  });
});

describe('what is kept', () => {
  test('is what was uploaded here, whatever its stage', () => {
    const history = historyOf(upload(prod), merge([demoted], here));
    expect(history.map(({ type }) => type)).not.toContain('PackageLeaving');
    given(history)
      .when(holds('1', 'Dev', here))
      .then([]);
  });

  test('is each side of a conflict, until it is resolved', () => {
    const rival = uploaded([prod], author('c', 2), '2', 'Test');
    const both = site('12');
    given(afterDemotion)
      .when(merge([rival], here))
      .thenState((state) => {
        expect(state?.leaving).toEqual([]);
        expect(state?.heads[1]?.isConflicted).toBe(true);
      });
    const conflicted = historyOf(merge([prod], both), merge([demoted], both), merge([rival], both));
    for (const side of ['1', '2'])
      given(conflicted)
        .when(holds(side, 'Dev', both))
        .then([]);
    const resolved = acted([demoted, rival], author('b', 3), { act: 'resolve', to: 'Test', sha256: '1'.repeat(64) });
    given(conflicted)
      .when(merge([resolved], both))
      .then([told(resolved), leaving('1')]);
  });

  test('is what is served until other bytes have come', () => {
    const newer = uploaded([demoted], author('b', 2), '2', 'Prod');
    const waiting = historyOf(merge([prod], here), merge([demoted, newer], here));
    given(waiting)
      .when(holds('1', 'Dev', here))
      .then([]);
    given(waiting).thenState((state) => expect(letterOf(state?.served?.content)).toBe('1'));
    given(waiting)
      .when(judge(site('12')))
      .then([published('2'), leaving('1')]);
  });
});

describe('what was let go', () => {
  const gone = [...afterDemotion, letGo('1'), servesNothing];
  const promoted = acted([demoted], author('b', 2), { act: 'promote', to: 'Prod' });

  test('is served again at once when a head has it that this server admits, while its bytes are here', () => {
    given(gone)
      .when(merge([promoted], here))
      .then([told(promoted), published('1'), serves('Prod', '1')]);
  });

  test('is wanted again when they are not', () => {
    given(gone)
      .when(merge([promoted], site()))
      .then([told(promoted), wanted('1'), serves('Prod', '1')]);
  });

  test('is not asked for, which would claim its bytes for another day, until a head has it again that this server admits', () => {
    const askedFor = (events: readonly PackageEvent[], stage: Stage) => {
      const state = events.reduce<Package | undefined>(evolvePackage, undefined);
      return state && contentsInQuestion(state, stage).map((sha256) => sha256[0]);
    };
    expect(askedFor(afterDemotion, 'Prod')).toEqual(['1']);
    expect([askedFor(gone, 'Prod'), askedFor(gone, 'Test')]).toEqual([[], ['1']]);
    expect(askedFor([...gone, told(promoted)], 'Prod')).toEqual(['1']);
  });

  test('stays away though its bytes are on the disk for a day', () => {
    given(gone).when(judge(here)).then([]);
    given(gone).thenState((state) => {
      expect(state).toMatchObject({ here: [], leaving: [], served: undefined, serves: undefined });
      expect(state?.letGo).toMatchObject([{ holderName: 'd' }]);
    });
  });
});
