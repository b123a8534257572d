import { expect, test } from 'vitest';
import { type HeldGroup, heldBackOf, plainText } from '../../src/domain/held-change.ts';

const group = (peerIss: string, signedBy: string, count: number): HeldGroup => {
  return { peerIss, code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy, isFinal: false, reason: 'nobody knows them', count };
};

test('shows all that is held back of a peer, and of its reasons the ten most frequent', () => {
  const many = Array.from({ length: 12 }, (_, index) => group('a', `signer ${index}`, index + 1));
  const held = heldBackOf([...many, group('b', 'another', 3)]);
  expect(held.get('a')?.count).toBe(78);
  expect(held.get('a')?.reasons.map(({ count }) => count)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  expect(held.get('b')).toEqual({ count: 3, reasons: [group('b', 'another', 3)] });
  expect(held.get('c')).toBeUndefined();
});

test('text of a peer is shown without control characters and not at length', () => {
  expect(plainText('a\u0000\r\nb', 10)).toBe('a b');
  expect(plainText('x'.repeat(20), 10)).toBe(`${'x'.repeat(9)}…`);
});
