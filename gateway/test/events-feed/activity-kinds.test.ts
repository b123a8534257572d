import { eventsOfServices } from '@odst/contracts/services';
import { expect, test } from 'vitest';
import { eventsOfKind, kindOf } from '../../src/events-feed/activity-kinds.ts';

/** What servers do by themselves after an event that has a kind, and how they do it. */
const machinery = [
  'PackageSealed',
  'PackageWanted',
  'PackageServedHeadChanged',
  'PackageLeaving',
  'UploadAccepted',
  'TransferChoicesEnded',
  'BlobFetchStarted',
  'ChunkVerified',
  'BlobVerified',
  'BlobSealed',
  'BlobClaimed',
  'BlobUnreferenced',
  'BlobRemoved',
];

test('each event has one kind, or is machinery beneath', () => {
  const known = Object.values(eventsOfServices).flatMap((events) => Object.keys(events));
  const shown = Object.values(eventsOfKind).flat();
  expect([...shown, ...machinery].toSorted()).toEqual(known.toSorted());
  expect(shown.map(kindOf)).not.toContain(undefined);
});
