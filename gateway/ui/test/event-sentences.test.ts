import { expect, test } from 'vitest';
import { eventsOfKind } from '../../src/events-feed/activity-kinds.ts';
import { sentenceOf, spacedOut } from '../src/features/activity/event-sentences.ts';

const told = { actor: 'admin', server: null, data: {} };

test('says who did what to what', () => {
  const data = { stage: 'Dev', change: { filename: 'Firefox-120.pkg', content: { sizeBytes: '146800640' } } };
  expect(sentenceOf({ ...told, type: 'PackageUploaded', data })).toBe('admin uploaded Firefox-120.pkg to Dev, 140 MB');
});

test('says where, if it was done elsewhere', () => {
  const data = { from: 'Dev', to: 'Prod' };
  expect(sentenceOf({ ...told, type: 'PackagePromoted', server: 'Munich', data })).toBe(
    'admin promoted it from Dev to Prod, at Munich',
  );
});

test('an event that it does not know is told by its name, and rubbish breaks nothing', () => {
  expect(sentenceOf({ ...told, type: 'BlobSealed' })).toBe('Blob sealed');
  expect(sentenceOf({ ...told, type: 'PackageDeleted', data: 7 })).toBe('admin deleted it in ');
});

test('every event that Activity shows has a sentence of its own', () => {
  const untold = Object.values(eventsOfKind)
    .flat()
    .filter((type) => sentenceOf({ ...told, type }) === spacedOut(type));
  expect(untold).toEqual([]);
});

test('names the server that it is about', () => {
  const data = { reason: 'nothing listens there' };
  expect(sentenceOf({ actor: '', server: 'Oslo', data, type: 'PeerWentOffline' })).toBe(
    'Oslo does not answer: nothing listens there',
  );
});
