import type { PackageRecord } from '@odst/contracts/catalog';
import { isOdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { packageUuid } from '../../src/domain/package-identity.ts';
import { checkRecord } from '../../src/domain/record-check.ts';
import { author, firstChange, issOf, replaced, unsealed, writerOfTest } from '../support/records.ts';

const good = firstChange(author('a'), '1', 'Test');
const entry = { writer: writerOfTest('a'), stamp: good.changedStamp };

test('takes what a server makes, concurrent changes included', () => {
  expect(() => checkRecord({ ...good, concurrent: [replaced(good, author('b'), '2', 'Prod')] })).not.toThrow();
});

test.each<[string, Partial<PackageRecord>]>([
  ['of another name', { filename: 'Other.pkg' }],
  ['with a path in its name', { filename: '../NoMAD.pkg' }],
  ['without a name', { filename: '' }],
  ['with a short digest', { sha256: 'abc' }],
  ['with an upper case digest', { sha256: 'A'.repeat(64) }],
  ['with a broken sha1', { sha1: '' }],
  ['with a broken manifest digest', { manifestDigest: 'x'.repeat(64) }],
  ['that is not sealed yet', unsealed(good)],
  ['with a concurrent change that is not sealed yet', { concurrent: [unsealed(firstChange(author('b'), '2', 'Prod'))] }],
  ['of no bytes', { sizeBytes: 0n }],
  ['of negative size', { sizeBytes: -1n }],
  ['larger than numbers reach', { sizeBytes: 2n ** 53n }],
  ['of an unknown stage', { stage: 'prod' }],
  ['without a time', { createdAt: undefined }],
  ['with an impossible time', { createdAt: new Date(Number.NaN) }],
  ['without a history', { versionVector: [] }],
  ['whose history lacks the change', { versionVector: [{ writer: writerOfTest('b'), stamp: 5n }] }],
  ['whose history is out of order', { versionVector: [entry, { writer: writerOfTest('0'), stamp: 5n }] }],
  ['whose history names a server twice', { versionVector: [entry, entry] }],
  ['with a stamp that leaves no room', { versionVector: [{ writer: writerOfTest('0'), stamp: 2n ** 62n + 1n }, entry] }],
  ['signed by another server than made it', { signedBy: issOf('b') }],
  ['without a signature', { signature: new Uint8Array(0) }],
  ['with a concurrent change of another package', { concurrent: [firstChange(author('b'), '2', 'Prod', 'Other.pkg')] }],
  ['with nested concurrent changes', { concurrent: [{ ...good, concurrent: [good] }] }],
])('refuses a record %s', (_what, change) => {
  try {
    checkRecord({ ...good, ...change });
  } catch (error) {
    expect(isOdstError(error, 'CATALOG_RECORD_INVALID')).toBe(true);
    return;
  }
  expect.unreachable('the record was taken');
});

test.each([
  ['No\u200bMAD.pkg', 'U+200B at position 3'],
  ['NoMAD\u202egkp.pkg', 'U+202E at position 6'],
  ['caf\ufffd.pkg', 'U+FFFD at position 4'],
  ['.DS_Store', "Mac's side file"],
])('refuses a record whose name no server would take from an upload: %j', (filename, why) => {
  expect(() => checkRecord({ ...good, filename, uuid: packageUuid(filename) })).toThrow(why);
});
