import { isOdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { changeEvent } from '../../src/domain/change-event.ts';
import { mergeChanges } from '../../src/domain/change-merge.ts';
import { acted, author, contentOf, shaOf, uploaded } from '../support/records.ts';

const first = uploaded([], author('a'), '1', 'Dev');
const prod = acted([first], author('a', 1), { act: 'promote', to: 'Prod' });
const conflict = mergeChanges([uploaded([], author('b'), '2', 'Dev')], [first]);

test.each([
  ['PackageAnnounced', first, {}],
  ['PackageAnnounced', uploaded([first], author('a', 1), '2', 'Dev'), {}],
  ['PackagePromoted', prod, { from: 'Dev', to: 'Prod', content: contentOf('1') }],
  [
    'PackageDemoted',
    acted([prod], author('a', 2), { act: 'demote', to: 'Test' }),
    { from: 'Prod', to: 'Test', content: contentOf('1') },
  ],
  ['PackageDeleted', acted([first], author('a', 1), { act: 'delete' }), { stages: ['Dev', 'Test', 'Prod'] }],
  ['PackageDeleted', acted([first], author('a', 1), { act: 'delete', to: 'Dev' }), { stages: ['Dev'] }],
  ['PackageRestored', { ...first, act: 'restore' }, { stages: ['Dev'] }],
  ['PackageRestored', { ...first, act: 'rollback' }, { stages: ['Dev'] }],
  [
    'PackageConflictResolved',
    acted(conflict, author('a', 1), { act: 'resolve', to: 'Dev', sha256: shaOf('1') }),
    { stage: 'Dev', content: contentOf('1') },
  ],
  [
    'PackageConflictResolved',
    acted(conflict, author('a', 1), { act: 'resolve', to: 'Dev' }),
    { stage: 'Dev', content: undefined },
  ],
])('%s tells of a change what it did', (type, change, more) => {
  expect(changeEvent(change, 7, 'peer')).toEqual({ type, data: { packageId: 7, change, fromIss: 'peer', ...more } });
});

test('there is no event of an act that nobody knows', () => {
  expect(() => changeEvent({ ...first, act: 'rename' }, 7, '')).toThrow(
    expect.toSatisfy((error) => isOdstError(error, 'COMMON_INTERNAL')),
  );
});
