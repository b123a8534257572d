import { expect, test } from 'vitest';
import { foldedText } from '../src/folded-text.ts';

test.each([
  ['ÉCLAIR 1.pkg', 'eclair 1.pkg'],
  ['E\u0301clair', 'eclair'],
  ['Zurück', 'zuruck'],
  ['ﬁle', 'file'],
  ['Ｆｉｒｅｆｏｘ', 'firefox'],
  ['İ', 'i'],
  ['日本が.dmg', foldedText('日本か\u3099.dmg')],
  ['', ''],
])('%s is compared as %s', (text, folded) => {
  expect(foldedText(text)).toBe(folded);
  expect(foldedText(folded)).toBe(folded);
});
