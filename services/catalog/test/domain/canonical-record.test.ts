import { expect, test } from 'vitest';
import { canonicalBytes } from '../../src/domain/canonical-record.ts';
import { author, firstChange, signed, staged } from '../support/records.ts';

// Servers of all versions must make these very bytes, or they refuse each other's records.
const golden = [
  '["odst.record.v1"',
  '"d191276f32c55a8dbe7c7a8c1f655608"',
  '"Größe \\"1\\".pkg"',
  `"${'1'.repeat(64)}"`,
  `"${'1'.repeat(40)}"`,
  '"3000000"',
  `"1${'0'.repeat(63)}"`,
  '"Prod"',
  'false',
  `[["${'a'.repeat(32)}.${'a'.repeat(16)}","115816896921600000"],["${'b'.repeat(32)}.${'b'.repeat(16)}","115816900853760000"]]`,
  `"${'b'.repeat(32)}"`,
  `"${'b'.repeat(16)}"`,
  '"115816900853760000"',
  '"2026-01-01T00:00:00.000Z"',
  `"${'b'.repeat(32)}"]`,
].join(',');

test('the canonical bytes of a record are the ones of every version', () => {
  const record = staged(firstChange(author('a'), '1', 'Test', 'Größe "1".pkg'), author('b', 1), 'Prod');
  expect(new TextDecoder().decode(canonicalBytes(record))).toBe(golden);
});

test('the canonical bytes leave out the signature and concurrent changes', () => {
  const record = firstChange(author('a'), '1', 'Test');
  const other = { ...signed({ ...record }), signature: new Uint8Array(64), concurrent: [firstChange(author('b'), '2', 'Prod')] };
  expect(canonicalBytes(other)).toEqual(canonicalBytes(record));
});
