import type { PackageRecord } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { packageUuid } from '../../src/domain/package-identity.ts';
import { contentChange, stageChange, type UnsignedChange } from '../../src/domain/record-change.ts';

/** Identity of a server of a test: the letter 32 times. */
export const issOf = (letter: string) => letter.repeat(32);

/** A start of that server. */
export const epochOf = (letter: string) => letter.repeat(16);

/** The name in which that server writes then. */
export const writerOfTest = (letter: string) => `${issOf(letter)}.${epochOf(letter)}`;

/** A digest of a test: the letter 64 times. */
export const shaOf = (letter: string) => letter.repeat(64);

/** A content of a test, told by one hex digit. */
export const contentOf = (letter: string) => ({
  sha256: shaOf(letter),
  sha1: letter.repeat(40),
  sizeBytes: 3_000_000n,
  manifestDigest: `${letter}${'0'.repeat(63)}`,
});

/** A change with a signature that has the right form and nothing else. */
export const signed = (change: UnsignedChange): PackageRecord => ({ ...change, signature: new Uint8Array(64).fill(7) });

/** Author of a change: server and time in minutes after the beginning of 2026. */
export const author = (letter: string, minute = 0) => ({
  iss: issOf(letter),
  epoch: epochOf(letter),
  now: new Date(Date.UTC(2026, 0, 1, 0, minute)),
});

/** A package's first change, made by one server. */
export function firstChange(by: ReturnType<typeof author>, content: string, stage: Stage, filename = 'NoMAD.pkg'): PackageRecord {
  return signed(contentChange(undefined, { ...contentOf(content), filename, stage }, by));
}

/** Other content over `present`. */
export function replaced(present: PackageRecord, by: ReturnType<typeof author>, content: string, stage: Stage): PackageRecord {
  return signed(contentChange(present, { ...contentOf(content), filename: present.filename, stage }, by));
}

/** Another stage over `present`. */
export function staged(present: PackageRecord, by: ReturnType<typeof author>, stage: Stage): PackageRecord {
  return signed(stageChange(present, stage, by));
}

/** A tombstone over `present`. */
export function deleted(present: PackageRecord, by: ReturnType<typeof author>): PackageRecord {
  return { ...staged(present, by, 'Prod'), stage: present.stage, deleted: true };
}

/** The change as it was before its manifest was made. */
export const unsealed = (change: PackageRecord): PackageRecord => ({
  ...change,
  manifestDigest: '',
  signature: new Uint8Array(),
});

/** The id of the package that the tests use. */
export const nomadUuid = packageUuid('NoMAD.pkg');
