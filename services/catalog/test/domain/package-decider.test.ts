import type { PackageRecord } from '@odst/contracts/catalog';
import { givenDecider } from '@odst/event-store/contract';
import { describe, expect, test } from 'vitest';
import type { PackageEvent } from '../../src/domain/package.ts';
import { type PackageCommand, packageDecider } from '../../src/domain/package-decider.ts';
import { mergeRecords } from '../../src/domain/record-merge.ts';
import { author, deleted, firstChange, issOf, replaced, shaOf, staged, unsealed } from '../support/records.ts';

const given = givenDecider(packageDecider);
const peer = issOf('b');
const dev = firstChange(author('b'), '1', 'Dev');
const prod = firstChange(author('b'), '1', 'Prod');

const uploaded = (record: PackageRecord, packageId = 1): readonly PackageEvent[] => [
  { type: 'PackageUploaded', data: { packageId, record, uploadId: 'u1' } },
  { type: 'PackagePublished', data: { packageId, record } },
];
const published = (record: PackageRecord): PackageEvent => ({ type: 'PackagePublished', data: { packageId: 1, record } });
const announced = (record: PackageRecord): PackageEvent => ({
  type: 'PackageAnnounced',
  data: { packageId: 1, record, fromIss: peer },
});
const withheld = (record: PackageRecord, fromIss = peer): PackageEvent => ({
  type: 'PackageWithheld',
  data: { packageId: 1, record, fromIss },
});
const upload = (change: PackageRecord, replace = false, completedAt?: Date): PackageCommand => ({
  type: 'RegisterUpload',
  uploadId: 'u1',
  newPackageId: 1,
  change,
  replace,
  completedAt,
});
const site = (held: readonly string[] = [], serverStage: 'Dev' | 'Test' | 'Prod' = 'Prod') => ({ serverStage, held });
const merge = (record: PackageRecord, at = site()): PackageCommand => ({
  type: 'MergeRecord',
  newPackageId: 1,
  record,
  fromIss: peer,
  site: at,
});

describe('an upload', () => {
  const mine = firstChange(author('a'), '1', 'Dev');

  test('makes a package, whatever the stage of the server', () => {
    given([]).when(upload(mine)).then(uploaded(mine));
  });

  test('of the same bytes under the same name and stage changes nothing', () => {
    given(uploaded(mine))
      .when(upload(staged(mine, author('a', 1), 'Dev')))
      .then([]);
  });

  test('of the same bytes in another stage is pointed to the stage change', () => {
    const change = replaced(mine, author('a', 1), '1', 'Prod');
    given(uploaded(mine)).when(upload(change)).thenRefused('CATALOG_STAGE_DIFFERS', { id: 1, stage: 'Dev' });
    given(uploaded(mine)).when(upload(change, true)).thenRefused('CATALOG_STAGE_DIFFERS');
  });

  test('of other bytes under the name is refused unless it is to replace them', () => {
    const change = replaced(mine, author('a', 1), '2', 'Prod');
    given(uploaded(mine)).when(upload(change)).thenRefused('CATALOG_FILENAME_TAKEN', { id: 1 });
    given(uploaded(mine)).when(upload(change, true)).then(uploaded(change));
  });

  test('that nobody waits for replaces what stood when it was complete, and nothing that came since', () => {
    const change = replaced(mine, author('a', 9), '2', 'Prod');
    const at = (minute: number) => author('a', minute).now;
    given(uploaded(mine))
      .when(upload(change, true, at(1)))
      .then(uploaded(change));
    given(uploaded(mine))
      .when(upload(change, true, at(0)))
      .thenRefused('CATALOG_CONTENT_CHANGED', { id: 1 });
    given(uploaded(mine))
      .when(upload(change, false, at(1)))
      .thenRefused('CATALOG_FILENAME_TAKEN');
    given([])
      .when(upload(mine, true, at(0)))
      .then(uploaded(mine));
    given(uploaded(mine))
      .when(upload(staged(mine, author('a', 9), 'Dev'), true, at(0)))
      .then([]);
  });

  test('that nobody waits for does not bring back what was deleted after it', () => {
    const gone = deleted(mine, author('b', 5));
    const again = replaced(gone, author('a', 9), '2', 'Prod');
    const history: readonly PackageEvent[] = [
      ...uploaded(mine),
      { type: 'PackageDeleted', data: { packageId: 1, record: gone, fromIss: peer } },
    ];
    given(history)
      .when(upload(again, true, author('a', 4).now))
      .thenRefused('CATALOG_CONTENT_CHANGED');
    given(history)
      .when(upload(again, true, author('a', 6).now))
      .then(uploaded(again));
  });

  test('that was signed before the package changed is a conflict', () => {
    const change = replaced(mine, author('a', 1), '2', 'Prod');
    const other = replaced(mine, author('a', 2), '3', 'Prod');
    given([...uploaded(mine), ...uploaded(other)])
      .when(upload(change, true))
      .thenRefused('COMMON_COMMAND_CONFLICT');
  });

  test('of what a peer announced publishes it without another revision', () => {
    given([announced(prod)])
      .when(upload(staged(prod, author('a', 1), 'Prod')))
      .then(uploaded(prod));
    given([withheld(dev)])
      .when(upload(staged(dev, author('a', 1), 'Dev')))
      .then(uploaded(dev));
  });

  test('after a deletion goes on with the number of the package', () => {
    const gone = deleted(mine, author('b', 1));
    const again = replaced(gone, author('a', 2), '2', 'Prod');
    const history: readonly PackageEvent[] = [
      ...uploaded(mine),
      { type: 'PackageDeleted', data: { packageId: 1, record: gone, fromIss: peer } },
    ];
    given(history)
      .when({ ...upload(again), newPackageId: 9 } as PackageCommand)
      .then(uploaded(again, 1));
  });
});

describe('a record that a peer told', () => {
  test('is announced where it is admitted and the bytes are missing', () => {
    given([])
      .when(merge(prod))
      .then([announced(prod)]);
  });

  test('is published at once where the bytes are here', () => {
    given([])
      .when(merge(prod, site([shaOf('1')])))
      .then([published(prod)]);
  });

  test('is withheld where it is not admitted, even with the bytes here', () => {
    given([])
      .when(merge(dev, site([shaOf('1')])))
      .then([withheld(dev)]);
  });

  test('changes nothing when it is known or was superseded', () => {
    given([announced(prod)])
      .when(merge(prod))
      .then([]);
    given([announced(staged(prod, author('c', 1), 'Test'))])
      .when(merge(prod))
      .then([]);
  });

  test('that promotes what was withheld makes it wanted', () => {
    const promoted = staged(dev, author('b', 1), 'Prod');
    given([withheld(dev)])
      .when(merge(promoted))
      .then([
        { type: 'PackageStageChanged', data: { packageId: 1, record: promoted, previousStage: 'Dev', fromIss: peer } },
        announced(promoted),
      ]);
  });

  test('that demotes what is public leaves it public', () => {
    const demoted = staged(prod, author('b', 1), 'Dev');
    given([published(prod)])
      .when(merge(demoted))
      .then([{ type: 'PackageStageChanged', data: { packageId: 1, record: demoted, previousStage: 'Prod', fromIss: peer } }]);
  });

  test('with newer bytes leaves the older ones served until they are here', () => {
    const newer = replaced(prod, author('b', 1), '2', 'Prod');
    given([published(prod)])
      .when(merge(newer))
      .thenState((state) => {
        expect(state).toMatchObject({ status: 'Downloading', record: { sha256: shaOf('2') }, served: { sha256: shaOf('1') } });
      });
    given([published(prod), announced(newer)])
      .when({ type: 'JudgePlacement', site: site([shaOf('2')]) })
      .thenState((state) => expect(state).toMatchObject({ status: 'Public', served: { sha256: shaOf('2') } }));
  });

  test('that goes back to the bytes that are served is public again', () => {
    const newer = replaced(prod, author('b', 1), '2', 'Prod');
    const back = replaced(newer, author('b', 2), '1', 'Prod');
    given([published(prod), announced(newer)])
      .when(merge(back))
      .then([published(back)]);
  });

  test('in conflict names winner and loser, and the winner everywhere is the same', () => {
    const mine = firstChange(author('a', 1), '2', 'Test');
    const winner = mergeRecords(mine, prod);
    given(uploaded(mine))
      .when(merge(prod))
      .then([{ type: 'PackageConflictDetected', data: { packageId: 1, winner, loser: mine, fromIss: peer } }, announced(winner)]);
  });

  test('that loses a conflict leaves what is public as it is', () => {
    const mine = firstChange(author('a', 1), '2', 'Prod');
    const loser = firstChange(author('b'), '1', 'Test');
    const winner = mergeRecords(mine, loser);
    given(uploaded(mine))
      .when(merge(loser))
      .then([{ type: 'PackageConflictDetected', data: { packageId: 1, winner, loser, fromIss: peer } }]);
  });

  test('of the same content and stage joins the histories', () => {
    const mine = firstChange(author('a', 1), '1', 'Prod');
    given(uploaded(mine))
      .when(merge(prod))
      .then([{ type: 'PackageHistoryMerged', data: { packageId: 1, record: mergeRecords(mine, prod), fromIss: peer } }]);
  });

  test('that deletes ends serving; one that brings back publishes where the bytes are still here', () => {
    const gone = deleted(prod, author('b', 1));
    const back = staged(gone, author('b', 2), 'Prod');
    const live = { ...back, deleted: false };
    given([published(prod)])
      .when(merge(gone))
      .thenState((state) => expect(state).toMatchObject({ status: 'Deleted', served: undefined }));
    given([published(prod), { type: 'PackageDeleted', data: { packageId: 1, record: gone, fromIss: peer } }])
      .when(merge(live, site([shaOf('1')])))
      .then([published(live)]);
  });
});

describe('judging again', () => {
  const judge = (at: ReturnType<typeof site>): PackageCommand => ({ type: 'JudgePlacement', site: at });

  test('announces or publishes what the server admits now', () => {
    given([withheld(dev)])
      .when(judge(site([], 'Dev')))
      .then([announced(dev)]);
    given([withheld(dev)])
      .when(judge(site([shaOf('1')], 'Dev')))
      .then([published(dev)]);
  });

  test('withholds what is wanted no longer, and leaves what is public', () => {
    given([announced(dev)])
      .when(judge(site([], 'Prod')))
      .then([withheld(dev, '')]);
    given([published(dev)])
      .when(judge(site([], 'Prod')))
      .then([]);
  });

  test('publishes what was waiting for bytes that are here now, once', () => {
    given([announced(prod)])
      .when(judge(site([shaOf('1')])))
      .then([published(prod)]);
    given([announced(prod)])
      .when(judge(site()))
      .then([]);
    given([])
      .when(judge(site([shaOf('1')])))
      .then([]);
  });

  test('remembers the peer that told while a package is withheld', () => {
    given([withheld(dev), announced(dev), withheld(dev, '')])
      .when(judge(site([], 'Dev')))
      .then([announced(dev)]);
  });
});

describe('sealing', () => {
  const mine = firstChange(author('a', 1), '1', 'Prod');
  const open = unsealed(mine);
  const seal = (...changes: readonly PackageRecord[]): PackageCommand => ({ type: 'SealRecord', changes });
  const sealed = (record: PackageRecord): PackageEvent => ({ type: 'PackageSealed', data: { packageId: 1, record } });

  test('completes the change that stands, and what is served of it, and leaves the rest as it is', () => {
    given(uploaded(open))
      .when(seal(mine))
      .then([sealed(mine)]);
    given(uploaded(open))
      .when(seal(mine))
      .thenState((state) => {
        expect(state).toMatchObject({ status: 'Public', record: mine, uploadedHere: [shaOf('1')], toldBy: '' });
        expect(state?.served).toMatchObject({ sha256: shaOf('1'), manifestDigest: mine.manifestDigest });
      });
  });

  test('completes a change beside the one that stands, which stays wanted from the peer that told', () => {
    const theirs = firstChange(author('b', 2), '2', 'Prod');
    const met = mergeRecords(open, theirs);
    given([
      ...uploaded(open),
      { type: 'PackageConflictDetected', data: { packageId: 1, winner: met, loser: open, fromIss: peer } },
      announced(met),
    ])
      .when(seal(mine))
      .thenState((state) => {
        expect(state).toMatchObject({ status: 'Downloading', toldBy: peer, record: mergeRecords(mine, theirs) });
        expect(state?.served).toMatchObject({ sha256: shaOf('1'), manifestDigest: mine.manifestDigest });
      });
  });

  test('of what is sealed, was changed since, or is not there changes nothing', () => {
    given([...uploaded(open), sealed(mine)])
      .when(seal(mine))
      .then([]);
    given(uploaded(replaced(open, author('a', 2), '2', 'Prod')))
      .when(seal(mine))
      .then([]);
    given([]).when(seal(mine)).then([]);
  });

  test("leaves a peer's equal content no conflict", () => {
    given(uploaded(open))
      .when(merge(prod))
      .then([{ type: 'PackageHistoryMerged', data: { packageId: 1, record: mergeRecords(open, prod), fromIss: peer } }]);
  });

  test('is not needed where the same bytes come again before it', () => {
    given(uploaded(open))
      .when(upload(staged(mine, author('a', 2), 'Prod')))
      .then([]);
  });
});

describe('a stage change here', () => {
  const change = (record: PackageRecord, at = site()): PackageCommand => ({ type: 'ChangeStage', change: record, site: at });

  test('keeps what is public public', () => {
    const demoted = staged(prod, author('a', 1), 'Test');
    given([published(prod)])
      .when(change(demoted))
      .then([{ type: 'PackageStageChanged', data: { packageId: 1, record: demoted, previousStage: 'Prod', fromIss: '' } }]);
  });

  test('makes a withheld package wanted, from the peer that told of it', () => {
    const promoted = staged(dev, author('a', 1), 'Prod');
    given([withheld(dev)])
      .when(change(promoted))
      .then([
        { type: 'PackageStageChanged', data: { packageId: 1, record: promoted, previousStage: 'Dev', fromIss: '' } },
        announced(promoted),
      ]);
  });

  test('to the stage that it has changes nothing', () => {
    given([published(prod)])
      .when(change(staged(prod, author('a', 1), 'Prod')))
      .then([]);
  });

  test('of an unknown or deleted package is refused', () => {
    given([]).when(change(prod)).thenRefused('CATALOG_PACKAGE_UNKNOWN');
  });

  test('that was signed before the package changed is a conflict', () => {
    const early = staged(prod, author('a', 1), 'Test');
    const newer = replaced(prod, author('b', 1), '2', 'Prod');
    given([published(newer)])
      .when(change(early))
      .thenRefused('COMMON_COMMAND_CONFLICT');
  });
});
