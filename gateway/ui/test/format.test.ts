import { expect, test } from 'vitest';
import { actorText, durationText, shortDigest, sizeText } from '../src/components/format.ts';

test.each([
  [0, '0 B'],
  [1, '1 B'],
  [1_023, '1,023 B'],
  [1_024, '1.0 KB'],
  [3_460_301, '3.3 MB'],
  [104_857_600, '100 MB'],
  [16_106_127_360, '15.0 GB'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

test.each([
  [0.4, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [95, '1 min 35 s'],
  [720, '12 min'],
  [3_600, '1 h'],
  [5_400, '1 h 30 min'],
  [200_000, '2 days'],
])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

test.each([
  ['account:admin', 'admin'],
  ['token:admin/ci', 'ci (token)'],
  ['token:admin/ci/nightly: Berlin', 'ci/nightly: Berlin (token)'],
  ['machine', 'machine'],
])('%s is told as %s', (actor, text) => expect(actorText(actor)).toBe(text));

test('a digest keeps its ends', () => expect(shortDigest(`a91f${'0'.repeat(58)}07`)).toBe('a91f00…0007'));
