import type { PackageChange } from '@odst/contracts/catalog';
import { givenDecider } from '@odst/event-store/contract';
import type { Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { changeEvent } from '../../src/domain/change-event.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import type { PackageEvent } from '../../src/domain/package.ts';
import { type PackageCommand, packageDecider } from '../../src/domain/package-decider.ts';
import {
  apply,
  historyOf,
  judge,
  leaving,
  merge,
  published,
  serves,
  servesNothing,
  site,
  told,
  trashed,
  upload,
  uploadedHere,
  wanted,
  withheld,
} from '../support/package-commands.ts';
import { acted, author, contentOf, letterOf, shaOf, unsealed, uploaded } from '../support/records.ts';

const given = givenDecider(packageDecider);
const mine = uploaded([], author('a'), '1', 'Dev');
const prod = uploaded([], author('b'), '1', 'Prod');
const dev = uploaded([], author('b'), '1', 'Dev');

describe('an upload', () => {
  test('makes a package that is served, whatever the stage of the server', () => {
    given([])
      .when(upload(mine))
      .then([uploadedHere(mine), published('1'), serves('Dev', '1')]);
  });

  test('of the same bytes under the same name and stage changes nothing', () => {
    given(historyOf(upload(mine)))
      .when(upload(mine))
      .then([]);
  });

  test('of the same bytes in another stage is pointed to promotion', () => {
    const change = uploaded([mine], author('a', 1), '1', 'Prod');
    given(historyOf(upload(mine)))
      .when(upload(change, { replace: true }))
      .thenRefused('CATALOG_STAGE_DIFFERS', { id: 1, stage: 'Dev' });
  });

  test('of other bytes under the name, in any stage, is refused unless it is to replace them', () => {
    const change = uploaded([mine], author('a', 1), '2', 'Prod');
    given(historyOf(upload(mine)))
      .when(upload(change))
      .thenRefused('CATALOG_FILENAME_TAKEN', { id: 1, sha256: shaOf('1') });
    given(historyOf(upload(mine)))
      .when(upload(change, { replace: true }))
      .then([uploadedHere(change), published('2'), serves('Prod', '2')]);
  });

  test('that replaces puts what nobody has any more into the trash', () => {
    const change = uploaded([mine], author('a', 1), '2', 'Dev');
    given(historyOf(upload(mine)))
      .when(upload(change, { replace: true }))
      .then([uploadedHere(change), published('2'), serves('Dev', '2'), trashed('1')]);
  });

  test('that nobody waits for replaces what stood when it was complete, and nothing that came since', () => {
    const change = uploaded([mine], author('a', 9), '2', 'Dev');
    const at = (minute: number) => ({ replace: true, completedAt: author('a', minute).now });
    const history = historyOf(upload(mine));
    given(history)
      .when(upload(change, at(1)))
      .thenState((state) => expect(letterOf(state?.served?.content)).toBe('2'));
    given(history)
      .when(upload(change, at(0)))
      .thenRefused('CATALOG_CONTENT_CHANGED', { id: 1 });
    given(history)
      .when(upload(change, { ...at(1), replace: false }))
      .thenRefused('CATALOG_FILENAME_TAKEN');
    given(history)
      .when(upload(mine, at(0)))
      .then([]);
  });

  test('that nobody waits for does not bring back what was deleted after it', () => {
    const gone = acted([mine], author('b', 5), { act: 'delete' });
    const again = uploaded([gone], author('a', 9), '2', 'Dev');
    const history = historyOf(upload(mine), merge([gone]));
    given(history)
      .when(upload(again, { completedAt: author('a', 4).now }))
      .thenRefused('CATALOG_CONTENT_CHANGED');
    given(history)
      .when(upload(again, { completedAt: author('a', 6).now }))
      .then([uploadedHere(again), published('2'), serves('Dev', '2')]);
  });

  test('that was signed before the head changed is a conflict; one of another head is none', () => {
    const change = uploaded([mine], author('a', 1), '2', 'Dev');
    const history = (stage: Stage) => historyOf(upload(mine), merge([uploaded([mine], author('b', 2), '3', stage)]));
    given(history('Dev'))
      .when(upload(change, { replace: true }))
      .thenRefused('COMMON_COMMAND_CONFLICT');
    given(history('Prod'))
      .when(upload(change, { replace: true }))
      .thenState((state) => expect(state?.changes).toHaveLength(2));
  });

  test('of what a peer announced publishes it without another revision', () => {
    given(historyOf(merge([prod])))
      .when(upload(prod, { site: site('1') }))
      .then([uploadedHere(prod), published('1')]);
    given(historyOf(merge([dev])))
      .when(upload(dev, { site: site('1') }))
      .then([uploadedHere(dev), published('1'), serves('Dev', '1')]);
  });

  test('of what a restoration of several stages put back is judged by its own stage', () => {
    const both = { ...acted([mine], author('b', 1), { act: 'promote', to: 'Prod' }), act: 'restore', from: '' };
    const change = {
      ...both,
      sets: both.sets.map((set) => (set.stage === 'Dev' ? { ...set, content: contentOf('2'), byTheWay: false } : set)),
    };
    given(historyOf(merge([change], site('12'))))
      .when(upload(change, { stage: 'Prod', site: site('12') }))
      .thenState((state) => expect(state?.changes).toEqual([change]));
  });

  test('after a deletion goes on with the number of the package', () => {
    const gone = acted([mine], author('b', 1), { act: 'delete' });
    const again = uploaded([gone], author('a', 2), '2', 'Dev');
    given(historyOf(upload(mine), merge([gone])))
      .when(upload(again, { newPackageId: 9 }))
      .then([uploadedHere(again), published('2'), serves('Dev', '2')]);
  });
});

describe('changes that a peer told', () => {
  test('are wanted where they are admitted and the bytes are missing, and served when these come', () => {
    given([])
      .when(merge([prod]))
      .then([told(prod), wanted('1'), serves('Prod', '1')]);
    given(historyOf(merge([prod])))
      .when(judge(site('1')))
      .then([published('1')]);
    given(historyOf(merge([prod]), judge(site('1')))).thenState((state) => expect(letterOf(state?.served?.content)).toBe('1'));
  });

  test('are published at once where the bytes are here', () => {
    given([])
      .when(merge([prod], site('1')))
      .then([told(prod), published('1'), serves('Prod', '1')]);
  });

  test('are only noted where they are not admitted, even with the bytes here', () => {
    given([])
      .when(merge([dev], site('1')))
      .then([told(dev)]);
  });

  test('change nothing when they are known or were ended', () => {
    const next = uploaded([prod], author('c', 1), '2', 'Prod');
    given(historyOf(merge([prod])))
      .when(merge([prod]))
      .then([]);
    given(historyOf(merge([next])))
      .when(merge([prod]))
      .then([]);
    given(historyOf(merge([next])))
      .when(merge([{ ...next }]))
      .then([]);
  });

  test('that promote what was not admitted make it wanted', () => {
    const promoted = acted([dev], author('b', 1), { act: 'promote', to: 'Prod' });
    given(historyOf(merge([dev])))
      .when(merge([promoted]))
      .then([told(promoted), wanted('1'), serves('Prod', '1')]);
  });

  test('that demote what is served leave it served, under the head that has it now', () => {
    const demoted = acted([prod], author('b', 1), { act: 'demote', to: 'Dev' });
    given(historyOf(merge([prod], site('1'))))
      .when(merge([demoted], site('1')))
      .then([told(demoted), serves('Dev', '1'), leaving('1')]);
  });

  test('with newer bytes leave the older ones served until they are here', () => {
    const newer = uploaded([prod], author('b', 1), '2', 'Prod');
    const history = historyOf(merge([prod], site('1')));
    given(history)
      .when(merge([newer], site('1')))
      .then([told(newer), wanted('2'), serves('Prod', '2')]);
    given([...history, ...[told(newer), wanted('2'), serves('Prod', '2')]]).thenState((state) =>
      expect([letterOf(state?.serves?.content), letterOf(state?.served?.content)]).toEqual(['2', '1']),
    );
    given([...history, told(newer), wanted('2'), serves('Prod', '2')])
      .when(judge(site('12')))
      .then([published('2'), trashed('1')]);
  });

  test('take back the wish for what was replaced before it came', () => {
    const newer = uploaded([prod], author('b', 1), '2', 'Prod');
    given(historyOf(merge([prod])))
      .when(merge([newer]))
      .then([told(newer), wanted('2'), withheld('1'), serves('Prod', '2')]);
  });

  test('in conflict name winner and loser, and both contents are kept', () => {
    const other = uploaded([], author('a', 1), '2', 'Prod');
    const conflict: PackageEvent = {
      type: 'PackageConflictDetected',
      data: {
        packageId: 1,
        filename: 'NoMAD.pkg',
        stage: 'Prod',
        winner: { content: contentOf('2'), iss: other.iss, stamp: other.stamp, actor: 'account:admin' },
        others: [contentOf('1')],
        othersCount: 1,
      },
    };
    given(historyOf(merge([prod], site('1'))))
      .when(merge([other], site('1')))
      .then([told(other), conflict, wanted('2'), serves('Prod', '2')]);
    given(historyOf(merge([other], site('2'))))
      .when(merge([prod], site('2')))
      .then([told(prod), conflict]);
  });

  test('name a conflict once, and again when another side joins, be it a deletion', () => {
    const two = uploaded([prod], author('c', 3), '2', 'Prod');
    const three = uploaded([prod], author('d', 2), '3', 'Prod');
    const gone = acted([prod], author('e', 9), { act: 'delete' });
    const named = (...commands: readonly PackageCommand[]) =>
      historyOf(...commands).filter(({ type }) => type === 'PackageConflictDetected').length;
    expect(named(merge([two]), merge([three]))).toBe(1);
    expect(named(merge([two]), merge([three]), merge([uploaded([prod], author('a', 1), '3', 'Prod')]))).toBe(1);
    expect(named(merge([two]), merge([three]), merge([uploaded([prod], author('a', 1), '4', 'Prod')]))).toBe(2);
    expect(named(merge([two]), merge([three]), merge([gone]))).toBe(2);
    expect(named(merge([two, three, gone]))).toBe(1);
  });

  test('that delete end serving and go into the trash; what is restored is served again', () => {
    const gone = acted([prod], author('b', 1), { act: 'delete' });
    const back = acted([gone], author('b', 2), { act: 'restore', to: 'Prod', sha256: shaOf('1') }, [
      { stage: 'Prod', content: contentOf('1'), endedAt: gone.stamp },
    ]);
    given(historyOf(merge([prod], site('1'))))
      .when(merge([gone], site('1')))
      .then([told(gone), servesNothing, trashed('1')]);
    given(historyOf(merge([prod], site('1')), merge([gone], site('1'))))
      .when(merge([back], site('1')))
      .then([told(back), serves('Prod', '1')]);
    given(historyOf(merge([prod], site('1')), merge([gone], site('1')), merge([back], site('1')))).thenState((state) =>
      expect(state?.trash).toEqual([]),
    );
  });

  test('that delete leave it served where an admin is to confirm', () => {
    const gone = acted([prod], author('b', 1), { act: 'delete' });
    const ask = site('1', 'Prod', 'ask');
    given(historyOf(merge([prod], ask)))
      .when(merge([gone], ask))
      .then([told(gone)]);
    given(historyOf(merge([prod], ask), merge([gone], ask)))
      .when(judge(site('1')))
      .then([servesNothing, trashed('1')]);
  });
});

describe('where an admin is to confirm deletions', () => {
  const ask = site('1', 'Prod', 'ask');
  const ownDeletion = acted([prod], author('a', 1), { act: 'delete' });
  const othersDeletion = acted([prod], author('b', 1), { act: 'delete' });

  test('his own takes effect at once here, whoever tells of it', () => {
    given(historyOf(merge([prod], ask)))
      .when(apply(ownDeletion, ask))
      .then([changeEvent(ownDeletion, 1, ''), servesNothing, trashed('1')]);
    given(historyOf(merge([prod], ask)))
      .when(merge([ownDeletion], ask))
      .then([told(ownDeletion), servesNothing, trashed('1')]);
  });

  test('his own counts too where another server deleted without knowing of it, in either order', () => {
    given(historyOf(merge([prod], ask), merge([othersDeletion], ask)))
      .when(merge([ownDeletion], ask))
      .then([told(ownDeletion), servesNothing, trashed('1')]);
    given(historyOf(merge([prod], ask), apply(ownDeletion, ask)))
      .when(merge([othersDeletion], ask))
      .then([told(othersDeletion)]);
  });

  test('what he deleted in another stage says nothing of the one that is served', () => {
    const dev = uploaded([prod], author('b', 1), '1', 'Dev');
    const ownInDev = acted([prod, dev], author('a', 2), { act: 'delete', to: 'Dev' });
    const gone = acted([prod, ownInDev], author('b', 3), { act: 'delete', to: 'Prod' });
    given(historyOf(merge([prod, dev], ask), apply(ownInDev, ask)))
      .when(merge([gone], ask))
      .then([told(gone)]);
  });

  test('a deletion of another server that followed on a restoration waits again', () => {
    const restored = acted([ownDeletion], author('b', 2), { act: 'restore', to: 'Prod', sha256: shaOf('1') }, [
      { stage: 'Prod', content: contentOf('1'), endedAt: ownDeletion.stamp },
    ]);
    const gone = acted([restored], author('b', 3), { act: 'delete' });
    given(historyOf(merge([prod], ask), apply(ownDeletion, ask), merge([restored], ask)))
      .when(merge([gone], ask))
      .then([told(gone)]);
  });
});

describe('an act of an admin here', () => {
  test('changes the package and where it is served', () => {
    const promoted = acted([mine], author('a', 1), { act: 'promote', to: 'Prod' });
    given(historyOf(upload(mine)))
      .when(apply(promoted))
      .then([changeEvent(promoted, 1, ''), serves('Prod', '1')]);
  });

  test('that was signed before the head changed is a conflict', () => {
    const promoted = acted([mine], author('a', 1), { act: 'promote', to: 'Prod' });
    given(historyOf(upload(mine), merge([uploaded([mine], author('b', 1), '2', 'Dev')])))
      .when(apply(promoted))
      .thenRefused('COMMON_COMMAND_CONFLICT');
  });

  test('of an unknown package is refused', () => {
    given([]).when(apply(prod)).thenRefused('CATALOG_PACKAGE_UNKNOWN');
  });

  test('on a conflict ends it, and puts the side that lost into the trash', () => {
    const other = uploaded([], author('b', 1), '2', 'Dev');
    const met = mergeChanges([mine], [other]);
    const resolved = acted(met, author('a', 2), { act: 'resolve', to: 'Dev', sha256: shaOf('1') });
    const dev = (held: string) => site(held, 'Dev');
    given(historyOf(upload(mine), merge([other], dev('12'))))
      .when(apply(resolved, dev('12')))
      .then([changeEvent(resolved, 1, ''), serves('Dev', '1'), trashed('2')]);
  });
});

describe('sealing', () => {
  const open = unsealed(mine);
  const seal = (...changes: readonly PackageChange[]): PackageCommand => ({ type: 'SealChanges', changes });
  const sealed = (change: PackageChange): PackageEvent => ({ type: 'PackageSealed', data: { packageId: 1, sealed: change } });

  test('completes the change, and what is served of it, and leaves the rest as it is', () => {
    given(historyOf(upload(open)))
      .when(seal(mine))
      .then([sealed(mine)]);
    given(historyOf(upload(open)))
      .when(seal(mine))
      .thenState((state) => {
        expect(state).toMatchObject({ changes: [mine], here: [shaOf('1')], uploadedHere: [shaOf('1')], sealedSince: 1 });
        expect([state?.serves?.content, state?.served?.content]).toEqual([contentOf('1'), contentOf('1')]);
      });
  });

  test('completes what is in the trash and wanted too', () => {
    const next = unsealed(uploaded([open], author('a', 1), '2', 'Prod'));
    const full = uploaded([mine], author('a', 1), '2', 'Prod');
    const history = historyOf(upload(open), upload(next, { replace: true }), judge(site('1')));
    given(history)
      .when(seal(mine, full))
      .thenState((state) => expect(state?.wanted.map(({ content }) => content)).toEqual([contentOf('2')]));
  });

  test('of what is sealed, was changed since, or is not there changes nothing', () => {
    given([...historyOf(upload(open)), sealed(mine)])
      .when(seal(mine))
      .then([]);
    given(historyOf(upload(open), upload(uploaded([open], author('a', 2), '2', 'Dev'), { replace: true })))
      .when(seal(mine))
      .then([]);
    given([]).when(seal(mine)).then([]);
  });

  test('tells of a conflict with a manifest that a peer gave the same bytes', () => {
    const lie = uploaded([], author('b', 1), { ...contentOf('1'), manifestDigest: 'f'.repeat(64) }, 'Dev');
    given(historyOf(upload(open), merge([lie])))
      .when(seal(mine))
      .thenState((state) => expect(state?.heads[0]?.isConflicted).toBe(true));
    const events = historyOf(upload(open), merge([lie]), seal(mine));
    expect(events.at(-1)?.type).toBe('PackageConflictDetected');
  });

  test('comes back from peers to a restored server as a seal, not as a change', () => {
    given(historyOf(upload(open)))
      .when(merge([mine], site('1')))
      .then([sealed(mine)]);
  });
});

test('events of a package that nothing was told of are a bug', () => {
  expect(() => packageDecider.evolve(undefined, published('1'))).toThrow(TypeError);
});
