import { createHash } from 'node:crypto';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkSha256, decodeManifest, encodeManifest, type Manifest, toHex } from '../../src/domain/manifest.ts';

const fill = (length: number, byte: number) => new Uint8Array(length).fill(byte);
const golden: Manifest = {
  sizeBytes: 1_048_577,
  sha1: '11'.repeat(20),
  sha256: '22'.repeat(32),
  chunkSha1s: fill(40, 0x33),
  chunkSha256s: Uint8Array.from([...fill(32, 0x44), ...fill(32, 0x55)]),
};

test('encodes to the published bytes of version 1', () => {
  const expected = `4f44534d01${'0000000000100001'}${'11'.repeat(20)}${'22'.repeat(32)}${'33'.repeat(40)}${'44'.repeat(32)}${'55'.repeat(32)}`;
  expect(toHex(encodeManifest(golden))).toBe(expected);
  expect(createHash('sha256').update(encodeManifest(golden)).digest('hex')).toMatchInlineSnapshot(
    `"e1c5a4e6a3739bc11a4bec655aa0280fff7bddb92f2917ab31a2b1d746adde9c"`,
  );
});

test('finds the digest of a chunk', () => {
  expect(toHex(chunkSha256(golden, 1))).toBe('55'.repeat(32));
  expect(() => chunkSha256(golden, 2)).toThrow(RangeError);
});

test('decodes what it encoded, whatever the size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6_000_000 }), fc.integer({ min: 0, max: 255 }), (sizeBytes, byte) => {
      const count = Math.ceil(sizeBytes / 1_048_576);
      const manifest = { ...golden, sizeBytes, chunkSha1s: fill(count * 20, byte), chunkSha256s: fill(count * 32, byte) };
      expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
    }),
  );
});

test('refuses bytes that are not exactly one manifest of a known version', () => {
  const bytes = encodeManifest(golden);
  const changed = (index: number, value: number) => Uint8Array.from(bytes, (byte, at) => (at === index ? value : byte));
  const wrong = [
    new Uint8Array(0),
    bytes.subarray(0, 40),
    bytes.subarray(0, bytes.length - 1),
    Uint8Array.from([...bytes, 0]),
    changed(0, 0),
    changed(4, 2),
    changed(5, 255),
    changed(10, 255),
  ];
  for (const candidate of wrong) {
    expect(() => decodeManifest(candidate)).toThrow(expect.toSatisfy((error) => isOdstError(error, 'STORAGE_MANIFEST_INVALID')));
  }
});

test('refuses to encode lists that do not fit the size', () => {
  expect(() => encodeManifest({ ...golden, sizeBytes: 1 })).toThrow(RangeError);
  expect(() => encodeManifest({ ...golden, sha1: 'XY' })).toThrow(RangeError);
});
