import { expect, test } from 'vitest';
import { evaluatePreconditions, rangeApplies } from '../../src/data-plane/preconditions.ts';

const validators = { etag: '"sha256-aa"', lastModified: new Date('2026-02-03T04:05:06.789Z') };
const outcome = (headers: Record<string, string>) => evaluatePreconditions(headers, validators);

test('goes on without preconditions', () => expect(outcome({})).toBe('proceed'));

test('answers 304 to a tag that the client has, weak or strong, or any', () => {
  for (const tag of ['"sha256-aa"', 'W/"sha256-aa"', '"x", "sha256-aa"', '*']) {
    expect(outcome({ 'if-none-match': tag })).toBe('not-modified');
  }
  expect(outcome({ 'if-none-match': '"sha256-bb"' })).toBe('proceed');
});

test('answers 412 to a tag that is not there', () => {
  expect(outcome({ 'if-match': '"sha256-bb"' })).toBe('failed');
  expect(outcome({ 'if-match': 'W/"sha256-aa"' })).toBe('failed');
  expect(outcome({ 'if-match': '"sha256-aa"' })).toBe('proceed');
  expect(outcome({ 'if-match': '*' })).toBe('proceed');
});

test('compares times in whole seconds, where no tag was given', () => {
  expect(outcome({ 'if-modified-since': 'Tue, 03 Feb 2026 04:05:06 GMT' })).toBe('not-modified');
  expect(outcome({ 'if-modified-since': 'Tue, 03 Feb 2026 04:05:05 GMT' })).toBe('proceed');
  expect(outcome({ 'if-unmodified-since': 'Tue, 03 Feb 2026 04:05:05 GMT' })).toBe('failed');
  expect(outcome({ 'if-unmodified-since': 'Tue, 03 Feb 2026 04:05:06 GMT' })).toBe('proceed');
  expect(outcome({ 'if-modified-since': 'yesterday' })).toBe('proceed');
  expect(outcome({ 'if-none-match': '"other"', 'if-modified-since': 'Tue, 03 Feb 2026 04:05:06 GMT' })).toBe('proceed');
});

test('lets a range count only for the same bytes', () => {
  expect(rangeApplies(undefined, validators)).toBe(true);
  expect(rangeApplies('"sha256-aa"', validators)).toBe(true);
  expect(rangeApplies('W/"sha256-aa"', validators)).toBe(false);
  expect(rangeApplies('"sha256-bb"', validators)).toBe(false);
  expect(rangeApplies('Tue, 03 Feb 2026 04:05:06 GMT', validators)).toBe(false);
});
