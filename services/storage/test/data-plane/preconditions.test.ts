import { describe, expect, test } from 'vitest';
import { evaluatePreconditions, rangeApplies, type Validators } from '../../src/data-plane/preconditions.ts';

const now = new Date('2026-02-03T12:00:00Z');
const given: Validators = { etag: '"sha256-aa"', modifiedAt: new Date('2026-02-03T04:05:06Z'), isDateGiven: true };
const withheld: Validators = { ...given, isDateGiven: false };
const [before, exact, after] = [5, 6, 7].map((second) => `Tue, 03 Feb 2026 04:05:0${second} GMT`) as [string, string, string];
const outcome = (headers: Record<string, string>, validators = given) => evaluatePreconditions(headers, validators, now);

test('goes on without preconditions', () => expect(outcome({})).toBe('proceed'));

describe('tags', () => {
  test.each(['"sha256-aa"', 'W/"sha256-aa"', '"x", "sha256-aa"', '"x","sha256-aa" ,"y"', ', "sha256-aa",', '*', ' * '])(
    'If-None-Match: %s is what the client has',
    (tag) => expect(outcome({ 'if-none-match': tag })).toBe('not-modified'),
  );

  test.each(['"sha256-bb"', 'sha256-aa', '"sha256-aa', '"sha256-aa,"', 'w/"sha256-aa"', '"*"', ''])(
    'If-None-Match: %s is something else',
    (tag) => expect(outcome({ 'if-none-match': tag })).toBe('proceed'),
  );

  test.each([
    ['"sha256-aa"', 'proceed'],
    ['"x", "sha256-aa"', 'proceed'],
    ['*', 'proceed'],
    ['"sha256-bb"', 'failed'],
    ['W/"sha256-aa"', 'failed'],
    ['"x", W/"sha256-aa"', 'failed'],
    ['', 'failed'],
  ])('If-Match: %s: %s', (tag, expected) => expect(outcome({ 'if-match': tag })).toBe(expected));
});

describe('dates', () => {
  test('If-Modified-Since holds for the very date that was given out, and for no other', () => {
    expect(outcome({ 'if-modified-since': exact })).toBe('not-modified');
    expect(outcome({ 'if-modified-since': 'Tuesday, 03-Feb-26 04:05:06 GMT' })).toBe('not-modified');
    expect(outcome({ 'if-modified-since': 'Tue Feb  3 04:05:06 2026' })).toBe('not-modified');
    // Content that took the place of other content may be dated before the client got that.
    for (const other of [before, after, now.toUTCString(), 'Tue, 03 Feb 2037 04:05:06 GMT'])
      expect(outcome({ 'if-modified-since': other })).toBe('proceed');
  });

  test('If-Unmodified-Since fails for content that came later', () => {
    expect(outcome({ 'if-unmodified-since': before })).toBe('failed');
    expect(outcome({ 'if-unmodified-since': exact })).toBe('proceed');
    expect(outcome({ 'if-unmodified-since': after })).toBe('proceed');
  });

  test('a date that is not given out is nobody’s', () => {
    expect(outcome({ 'if-modified-since': exact }, withheld)).toBe('proceed');
    expect(rangeApplies(exact, withheld, now)).toBe(false);
    expect(outcome({ 'if-unmodified-since': exact }, withheld)).toBe('failed');
    expect(outcome({ 'if-unmodified-since': after }, withheld)).toBe('proceed');
  });

  test.each(['yesterday', '', '2026-02-03T04:05:06Z', '0', 'Tue, 30 Feb 2026 04:05:06 GMT'])(
    'by %j, which is none, counts for nothing',
    (value) => {
      expect(outcome({ 'if-modified-since': value })).toBe('proceed');
      expect(outcome({ 'if-unmodified-since': value })).toBe('proceed');
      expect(rangeApplies(value, given, now)).toBe(false);
    },
  );

  test('count for nothing where what is served has none', () => {
    const undated = { ...withheld, modifiedAt: undefined };
    expect(outcome({ 'if-unmodified-since': before }, undated)).toBe('proceed');
    expect(outcome({ 'if-modified-since': before }, undated)).toBe('proceed');
  });
});

describe('several at once, in the order of RFC 9110 §13.2.2', () => {
  test.each<[string, Record<string, string>, string]>([
    ['If-Match goes before If-Unmodified-Since', { 'if-match': '"sha256-aa"', 'if-unmodified-since': before }, 'proceed'],
    ['and fails before a date is looked at', { 'if-match': '"other"', 'if-unmodified-since': after }, 'failed'],
    ['If-None-Match goes before If-Modified-Since', { 'if-none-match': '"other"', 'if-modified-since': exact }, 'proceed'],
    ['and holds before a date is looked at', { 'if-none-match': '"sha256-aa"', 'if-modified-since': before }, 'not-modified'],
    ['412 goes before 304', { 'if-match': '"other"', 'if-none-match': '"sha256-aa"' }, 'failed'],
    ['also by dates', { 'if-unmodified-since': before, 'if-modified-since': exact }, 'failed'],
    ['what holds lets the rest be looked at', { 'if-match': '"sha256-aa"', 'if-none-match': '"sha256-aa"' }, 'not-modified'],
    ['a malformed date stops nothing', { 'if-unmodified-since': 'x', 'if-modified-since': exact }, 'not-modified'],
  ])('%s', (_rule, headers, expected) => expect(outcome(headers)).toBe(expected));
});

test('a range counts for the same bytes only: by the strong tag, or by the very date', () => {
  expect(rangeApplies(undefined, given, now)).toBe(true);
  for (const same of ['"sha256-aa"', exact, 'Tue Feb  3 04:05:06 2026']) expect(rangeApplies(same, given, now)).toBe(true);
  for (const other of ['W/"sha256-aa"', '"sha256-bb"', '"x", "sha256-aa"', '*', before, after])
    expect(rangeApplies(other, given, now)).toBe(false);
});
