import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { digestHeaders } from '../../src/data-plane/digest-headers.ts';

const digests = {
  sha256: createHash('sha256').update('bytes').digest('hex'),
  sha1: createHash('sha1').update('bytes').digest('hex'),
};
const [sha256, sha1] = ['sha256', 'sha1'].map((name) => createHash(name).update('bytes').digest('base64'));
const unasked = { 'repr-digest': `sha-256=:${sha256}:` };
const answers = (digest?: string, reprDigest?: string, known: { sha256: string; sha1?: string } = digests) =>
  digestHeaders(known, { digest, reprDigest });

test('tells the SHA-256 of the whole unasked, as RFC 9530 writes it', () => expect(answers()).toEqual(unasked));

test.each([
  ['SHA-256;q=1, SHA;q=0.5, MD5;q=0', `SHA-256=${sha256}`],
  ['SHA-256', `SHA-256=${sha256}`],
  ['sha-256', `SHA-256=${sha256}`],
  ['SHA', `SHA=${sha1}`],
  ['sha;q=1, sha-256;q=0.999', `SHA=${sha1}`],
  ['SHA;q=0.3,SHA-256;q=0.3', `SHA-256=${sha256}`],
  ['SHA,SHA-256', `SHA-256=${sha256}`],
  ['SHA-512;q=1, MD5, SHA-256 ; q = 0.001', `SHA-256=${sha256}`],
  ['SHA-256;q=0, SHA;q=0.1', `SHA=${sha1}`],
  ['SHA-256;Q=1.000', `SHA-256=${sha256}`],
  ['SHA-256;q=high, SHA', `SHA=${sha1}`],
  [', SHA-256,', `SHA-256=${sha256}`],
])('Want-Digest: %s is answered with Digest: %s', (want, expected) => {
  expect(answers(want)).toEqual({ ...unasked, digest: expected });
});

test.each(['MD5', 'SHA-512, crc32c;q=0.5', 'SHA-256;q=0', 'SHA-256;q=0, SHA;q=0.0', '*', '', 'SHA-256;q=2', ';;;', 'sha-256=10'])(
  'Want-Digest: %s is answered with none',
  (want) => expect(answers(want)).toEqual(unasked),
);

test('what is not known is not told', () => {
  expect(answers('SHA', undefined, { sha256: digests.sha256 })).toEqual(unasked);
});

test.each([
  ['sha-256=10', `sha-256=:${sha256}:`],
  ['sha=10, sha-256=3', `sha=:${sha1}:`],
  ['sha=3,sha-256=3', `sha-256=:${sha256}:`],
  ['sha-256=0, sha=1', `sha=:${sha1}:`],
  ['sha-512=10', `sha-256=:${sha256}:`],
  ['sha-256=0, md5=10', undefined],
  ['sha-256=0', undefined],
  ['sha=99', `sha-256=:${sha256}:`],
  ['SHA=10', `sha-256=:${sha256}:`],
  ['sha=10, nonsense!', `sha-256=:${sha256}:`],
  ['sha;q=1', `sha-256=:${sha256}:`],
])('Want-Repr-Digest: %s is answered with Repr-Digest: %s', (want, expected) => {
  expect(answers(undefined, want)).toEqual(expected === undefined ? {} : { 'repr-digest': expected });
});
