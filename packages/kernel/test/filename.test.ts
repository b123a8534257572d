import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOdstError } from '../src/errors/odst-error.ts';
import { checkFilename } from '../src/filename.ts';

const allowed = ['pkg', 'mpkg', 'dmg', 'zip'];

/** The code that the name is refused with, undefined when it is taken. */
const refusal = (name: string, extensions: readonly string[] = allowed) => {
  try {
    checkFilename(name, extensions);
    return undefined;
  } catch (error) {
    if (isOdstError(error)) return error.code;
    throw error;
  }
};

describe('a file name', () => {
  it.each([
    'NoMAD.pkg',
    'Adobe CC 2018.dmg',
    '日本語.pkg',
    'Größe.zip',
    'a.b.c.mpkg',
    'UPPER.PKG',
    '…pkg.pkg',
    'emoji 🧪.pkg',
    'I ❤️ packages.pkg',
    '1️⃣.pkg',
    '👍🏽🇨🇭.pkg',
    '葛󠄀城.pkg',
    'تثبيت ١.pkg',
    'हिन्दी.pkg',
    'Café – “1” & more…%22.pkg',
    '._NoMAD.pkg',
    ' Disk  Image 1.dmg',
    'a..pkg',
  ])('keeps %s as it is', (name) => {
    expect(checkFilename(name, allowed)).toBe(name.normalize('NFC'));
  });

  it('is brought to NFC, so that both spellings of an umlaut are one package', () => {
    const decomposed = 'Gro\u0308sse.pkg';
    expect(checkFilename(decomposed, allowed)).toBe('Gr\u00f6sse.pkg');
    expect(checkFilename(decomposed, allowed)).toBe(checkFilename('Gr\u00f6sse.pkg', allowed));
  });

  it.each([
    '',
    ' ',
    '.',
    '..',
    '...',
    '../up.pkg',
    '/etc/a.pkg',
    'dir/a.pkg',
    'C:\\a.pkg',
    '..\\a.pkg',
    'nul\0.pkg',
    'line\n.pkg',
    'del\u007f.pkg',
    'c1\u0085.pkg',
  ])('is refused as %j', (name) => {
    expect(refusal(name)).toBe('CATALOG_FILENAME_INVALID');
    expect(refusal(name, ['*'])).toBe('CATALOG_FILENAME_INVALID');
  });

  it.each([
    ['\ufffd', 'caf\ufffd.pkg', 'U+FFFD at position 4'],
    ['a no-break space', 'No\u00a0MAD.pkg', 'U+00A0 at position 3'],
    ['an em space', 'a\u2003.pkg', 'U+2003 at position 2'],
    ['an ideographic space', '日本\u3000語.pkg', 'U+3000 at position 3'],
    ['a blank of braille', '\u2800.pkg', 'U+2800 at position 1'],
    ['a line separator', 'a\u2028b.pkg', 'U+2028 at position 2'],
    ['a zero-width space', 'No\u200bMAD.pkg', 'U+200B at position 3'],
    ['a zero-width joiner', 'a\u200db.pkg', 'U+200D at position 2'],
    ['an emoji with a joiner', '👩\u200d💻.pkg', 'U+200D at position 2'],
    ['a word joiner', 'a\u2060.pkg', 'U+2060 at position 2'],
    ['a soft hyphen', 'a\u00ad.pkg', 'U+00AD at position 2'],
    ['a filler', 'a\u3164.pkg', 'U+3164 at position 2'],
    ['a variation selector that selects nothing', 'a\ufe0f.pkg', 'U+FE0F at position 2'],
    ['a tag', 'a\u{e0061}.pkg', 'U+E0061 at position 2'],
    ['an override of direction', 'kpg.\u202egkp.pkg', 'U+202E at position 5'],
    ['an isolate', '\u2066a.pkg', 'U+2066 at position 1'],
    ['a mark of direction', 'a.pkg\u200f', 'U+200F at position 6'],
    ['an Arabic mark of direction', 'a\u061c.pkg', 'U+061C at position 2'],
    ['a byte order mark', '\ufeffNoMAD.pkg', 'U+FEFF at position 1'],
    ['private use', '🧪\uf8ff.pkg', 'U+F8FF at position 2'],
    ['private use of another plane', 'a\u{100000}.pkg', 'U+100000 at position 2'],
    ['no character', 'a\uffff.pkg', 'U+FFFF at position 2'],
    ['no character of another plane', 'a\u{1fffe}.pkg', 'U+1FFFE at position 2'],
    ['a tab', 'a\tb.pkg', 'U+0009 at position 2'],
    ['a decomposed letter before it', 'o\u0308\u200b.pkg', 'U+200B at position 3'],
  ])('is refused for %s, with what and where it is', (_what, name, where) => {
    expect(refusal(name, ['*'])).toBe('CATALOG_FILENAME_INVALID');
    expect(() => checkFilename(name, ['*'])).toThrow(`contains ${where}, `);
  });

  it.each(['.DS_Store', '.ds_store', '.localized', '.apdisk'])("is refused as a Mac's side file: %s", (name) => {
    expect(() => checkFilename(name, ['*'])).toThrow(/is a Mac's side file/);
    expect(() => checkFilename(name, allowed)).toThrow(/is a Mac's side file/);
  });

  it('is refused when it is not well-formed Unicode', () => {
    expect(refusal('half \ud83e.pkg')).toBe('CATALOG_FILENAME_INVALID');
  });

  it('has at most 255 bytes of UTF-8, whatever the number of characters', () => {
    expect(refusal(`${'a'.repeat(251)}.pkg`)).toBeUndefined();
    expect(refusal(`${'a'.repeat(252)}.pkg`)).toBe('CATALOG_FILENAME_INVALID');
    expect(refusal(`${'字'.repeat(83)}.pkg`)).toBeUndefined();
    expect(refusal(`${'字'.repeat(84)}.pkg`)).toBe('CATALOG_FILENAME_INVALID');
  });

  it('is measured in NFC, the form that is stored', () => {
    const decomposed = `${'o\u0308'.repeat(120)}.pkg`;
    expect(new TextEncoder().encode(decomposed).length).toBeGreaterThan(255);
    expect(refusal(decomposed)).toBeUndefined();
  });

  it.each(['script.sh', 'pkg', '.pkg', 'archive.pkg.txt', 'trailing.'])('is refused for its extension as %s', (name) => {
    expect(refusal(name)).toBe('CATALOG_FILENAME_INVALID');
  });

  it.each(['script.sh', 'pkg', '.pkg', 'trailing.'])('may be %s where every extension is allowed', (name) => {
    expect(refusal(name, ['*'])).toBeUndefined();
  });

  it('that was taken is safe to use as one part of a path, and taken again unchanged', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.string({ unit: 'binary', maxLength: 9 })),
        (name) => {
          if (refusal(name, ['*']) !== undefined) return;
          const checked = checkFilename(name, ['*']);
          expect(checked).not.toMatch(/[/\\\0]/);
          expect(['.', '..', '']).not.toContain(checked);
          expect(new TextEncoder().encode(checked).length).toBeLessThanOrEqual(255);
          expect(checkFilename(checked, ['*'])).toBe(checked);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is the cause of no other error, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => [undefined, 'CATALOG_FILENAME_INVALID'].includes(refusal(name))),
    );
  });
});
