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
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        if (refusal(name, ['*']) !== undefined) return;
        const checked = checkFilename(name, ['*']);
        expect(checked).not.toMatch(/[/\\\0]/);
        expect(['.', '..', '']).not.toContain(checked);
        expect(new TextEncoder().encode(checked).length).toBeLessThanOrEqual(255);
        expect(checkFilename(checked, ['*'])).toBe(checked);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the cause of no other error, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => [undefined, 'CATALOG_FILENAME_INVALID'].includes(refusal(name))),
    );
  });
});
