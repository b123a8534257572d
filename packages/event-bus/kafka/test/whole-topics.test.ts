import { describe, expect, test } from 'vitest';
import { memberFor } from '../src/whole-topics.ts';

const topics = Array.from({ length: 40 }, (_, index) => `odst.service${index}.v1`);
const members = ['one', 'two', 'three'];

describe('the member that gets a topic', () => {
  test('is the same for all who ask, in whatever order the members come', () => {
    for (const topic of topics) expect(memberFor(topic, members)).toBe(memberFor(topic, members.toReversed()));
  });

  test('changes only when its member leaves', () => {
    for (const topic of topics) {
      const before = memberFor(topic, members);
      const after = memberFor(topic, ['one', 'two']);
      if (before !== 'three') expect(after).toBe(before);
    }
  });

  test('is each of them for some topics', () => {
    expect(new Set(topics.map((topic) => memberFor(topic, members)))).toEqual(new Set(members));
  });

  test('is nobody where nobody is', () => {
    expect(memberFor('odst.catalog.v1', [])).toBeUndefined();
  });
});
