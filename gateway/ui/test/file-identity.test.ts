import { expect, test } from 'vitest';
import { identityOf, matchOf, metadataValue, seenOf } from '../src/features/uploads/file-identity.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const bytes = (size: number, changedAt?: number) => {
  const all = new Uint8Array(size).map((_, index) => index % 251);
  if (changedAt !== undefined) all[changedAt] = 255;
  return all;
};
const file = (name: string, content: Uint8Array<ArrayBuffer>, lastModified = 1_000) =>
  new File([content], name, { lastModified });

async function begun(of: File, more = '') {
  const metadata = `filename ${base64(of.name)},identity ${base64(await identityOf(of))}${more}`;
  return { filename: of.name.normalize('NFC'), sizeBytes: of.size, metadata };
}

test('knows a file again by its name, its size, its date and parts of it', async () => {
  const content = bytes(3_000_000);
  const left = await begun(file('Wörter.pkg', content));
  expect(await matchOf(file('Wörter.pkg'.normalize('NFD'), content), left)).toBe('same');
  expect(await matchOf(file('Other.pkg', content), left)).toBe('other-name');
  expect(await matchOf(file('Wörter.pkg', bytes(2_999_999)), left)).toBe('other-size');
  expect(await matchOf(file('Wörter.pkg', content, 2_000), left)).toBe('other-content');
  expect(await matchOf(file('Wörter.pkg', bytes(3_000_000, 0)), left)).toBe('other-content');
  expect(await matchOf(file('Wörter.pkg', bytes(3_000_000, 2_999_999)), left)).toBe('other-content');
});

test('tells small files apart by every byte', async () => {
  const left = await begun(file('a.pkg', bytes(1_000)));
  expect(await matchOf(file('a.pkg', bytes(1_000)), left)).toBe('same');
  for (const at of [0, 500, 999]) expect(await matchOf(file('a.pkg', bytes(1_000, at)), left)).toBe('other-content');
  expect(await identityOf(file('none.pkg', bytes(0)))).toMatch(/^1000-/);
});

test('goes on with what another program began only where the server holds it to a digest', async () => {
  const left = { filename: 'a.pkg', sizeBytes: 10, metadata: `filename ${base64('a.pkg')}` };
  expect(await matchOf(file('a.pkg', bytes(10)), left)).toBe('not-noted');
  expect(await matchOf(file('a.pkg', bytes(10)), { ...left, metadata: `${left.metadata},sha256 ${base64('ab')}` })).toBe('same');
});

test('finds what was noted, and what somebody saw who replaces it', () => {
  expect(metadataValue('a YQ==, filename w7E=', 'filename')).toBe('ñ');
  expect(metadataValue('a YQ==', 'b')).toBeUndefined();
  expect(seenOf({ replaces: 'nothing' })).toBeNull();
  expect(seenOf({ replaces: 'abc' })).toBe('abc');
  expect(seenOf({ replaces: null })).toBeUndefined();
});
