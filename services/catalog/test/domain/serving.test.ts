import fc from 'fast-check';
import { describe, test } from 'vitest';
import { comesOutOfStorage, leavesNoThirdContent, servesByRecordAndSite, staysInPlace } from '../support/serving-properties.ts';

describe('what a server does with a package', () => {
  test('is in its place after every step: to judge again changes nothing', () => {
    fc.assert(staysInPlace(30), { numRuns: 1_000 });
  }, 60_000);

  test('follows from record and site, in whatever order and groups the changes come', () => {
    fc.assert(servesByRecordAndSite(24), { numRuns: 700 });
  }, 60_000);

  test('never gives sites a third content after a promotion or an upload', () => {
    fc.assert(leavesNoThirdContent(6), { numRuns: 1_000 });
  }, 60_000);

  test('comes out of the stored events as it was decided', () => {
    fc.assert(comesOutOfStorage(20), { numRuns: 200 });
  }, 60_000);
});
