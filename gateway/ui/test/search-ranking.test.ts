import { expect, test } from 'vitest';
import { ranked } from '../src/app/search-ranking.ts';

const all = ['CompanyFonts.pkg', 'Zürich Drivers ñ.pkg', 'Firefox-134.dmg', 'Drive.pkg', 'New account'].map((label) => ({
  label,
}));
const found = (typed: string) => ranked(all, typed).map(({ label }) => label);

test('finds what begins so before what has a word that does, and that before what merely contains it', () => {
  expect(found('drive')).toEqual(['Drive.pkg', 'Zürich Drivers ñ.pkg']);
  expect(found('f')).toEqual(['Firefox-134.dmg', 'CompanyFonts.pkg']);
});

test('finds all words, in whatever order, without regard to case and accents', () => {
  expect(found('N DRIVERS zurich')).toEqual(['Zürich Drivers ñ.pkg']);
  expect(found('acc new')).toEqual(['New account']);
  expect(found('drive fonts')).toEqual([]);
});

test('other words for something count less than its name', () => {
  const pages = [{ label: 'Storage', also: 'trash disk' }, { label: 'Trash bin' }];
  expect(ranked(pages, 'trash').map(({ label }) => label)).toEqual(['Trash bin', 'Storage']);
});
