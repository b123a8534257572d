import { expect, test } from 'vitest';
import { partsOf } from '../src/features/activity/sentence-parts.ts';

const cut = (sentence: string, ...names: readonly string[]) => {
  const { parts, unnamed } = partsOf(sentence, names);
  return [parts.map(({ text }) => text), unnamed];
};

test('a sentence is cut at the names that it has', () => {
  expect(cut('admin uploaded Fonts.pkg to Dev, at Oslo', 'Fonts.pkg', 'Oslo')).toEqual([
    ['admin uploaded ', 'Fonts.pkg', ' to Dev, at ', 'Oslo'],
    [],
  ]);
  expect(cut('Verified: this server serves it', 'Fonts.pkg')).toEqual([['Verified: this server serves it'], ['Fonts.pkg']]);
});

test('a name within another word or name is none', () => {
  expect(cut('admin uploaded Dev to Developers', 'Dev')).toEqual([['admin uploaded ', 'Dev', ' to Developers'], []]);
  expect(cut('admin uploaded Oslo Fonts.pkg', 'Oslo Fonts.pkg', 'Oslo')).toEqual([
    ['admin uploaded ', 'Oslo Fonts.pkg'],
    ['Oslo'],
  ]);
  expect(cut('a server without a name came', '')).toEqual([['a server without a name came'], ['']]);
});
