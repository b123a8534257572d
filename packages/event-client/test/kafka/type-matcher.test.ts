import { expect, test } from 'vitest';
import { matcherOf } from '../../src/kafka/type-matcher.ts';

test('types are matched by short and by full name', () => {
  const type = 'org.odst.catalog.PackagePublished.v1';
  expect(matcherOf([])(type)).toBe(true);
  expect(matcherOf(['PackagePublished'])(type)).toBe(true);
  expect(matcherOf([type])(type)).toBe(true);
  expect(matcherOf(['org.odst.catalog.PackagePublished.v2', 'BlobVerified'])(type)).toBe(false);
});

test.each(['PackagePublishd', 'package-published', 'org.odst.catalog.PackagePublished', '', 'PackagePublished '])(
  '%o names no event',
  (name) => {
    expect(() => matcherOf(['BlobVerified', name])).toThrow(`no event is named ${JSON.stringify(name)}`);
  },
);
