import type { Content, PackageChange } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { type ActRequest, planAct, planUpload } from '../../src/domain/acts.ts';
import type { UnsignedChange } from '../../src/domain/change.ts';
import type { FormerContent } from '../../src/domain/former.ts';
import { headsOf } from '../../src/domain/head.ts';
import { packageUuid } from '../../src/domain/package-identity.ts';
import { writeChange } from '../../src/domain/write-change.ts';

/** Identity of a server of a test: the letter 32 times. */
export const issOf = (letter: string) => letter.repeat(32);

/** A start of that server. */
export const epochOf = (letter: string) => letter.repeat(16);

/** The name in which that server writes then. */
export const writerOfTest = (letter: string, epoch = letter) => `${issOf(letter)}.${epochOf(epoch)}`;

/** A digest of a test: the letter 64 times. */
export const shaOf = (letter: string) => letter.repeat(64);

/** A content of a test, told by one hex digit. */
export const contentOf = (letter: string): Content => ({
  sha256: shaOf(letter),
  sha1: letter.repeat(40),
  sizeBytes: 3_000_000n,
  manifestDigest: `${letter}${'0'.repeat(63)}`,
});

/** A change with a signature that has the right form and nothing else. */
export const signed = (change: UnsignedChange): PackageChange => ({ ...change, signature: new Uint8Array(64).fill(7) });

/** Author of a change: server, time in minutes after the beginning of 2026, and start of the server. */
export const author = (letter: string, minute = 0, epoch = letter) => ({
  iss: issOf(letter),
  epoch: epochOf(epoch),
  actor: 'account:admin',
  now: new Date(Date.UTC(2026, 0, 1, 0, minute)),
});

type By = ReturnType<typeof author>;

const planned = (present: readonly PackageChange[], filename = 'NoMAD.pkg') => ({
  filename,
  changes: present,
  heads: headsOf(present),
  former: [],
  lastOwnStamp: 0n,
});

/** An upload over what stands. */
export function uploaded(
  present: readonly PackageChange[],
  by: By,
  content: string | Content,
  stage: Stage,
  filename?: string,
): PackageChange {
  const on = planned(present, filename);
  const bytes = typeof content === 'string' ? contentOf(content) : content;
  return signed(writeChange(on, planUpload(on.heads, stage, bytes), by, ''));
}

/** Another act over what stands. */
export function acted(
  present: readonly PackageChange[],
  by: By,
  request: Partial<ActRequest> & Pick<ActRequest, 'act'>,
  former: readonly FormerContent[] = [],
): PackageChange {
  const on = { ...planned(present), former };
  const plan = planAct(on, { from: undefined, to: undefined, sha256: '', ...request });
  if (plan === undefined) throw new TypeError(`nothing to ${request.act}`);
  return signed(writeChange(on, plan, by, ''));
}

/** A content as it is before its manifest is made. */
export const unsealedContent = (letter: string): Content => ({ ...contentOf(letter), manifestDigest: '' });

/** The change as it was before the manifests of its contents were made. */
export const unsealed = (change: PackageChange): PackageChange => ({
  ...change,
  sets: change.sets.map((setting) => ({ ...setting, content: setting.content && { ...setting.content, manifestDigest: '' } })),
  signature: new Uint8Array(),
});

/** The digit of a content of a test; `-` for nothing. */
export const letterOf = (content: Pick<Content, 'sha256'> | undefined) => content?.sha256[0] ?? '-';

/** What these changes make of Dev, Test and Prod in one word, as `12-`; a head in conflict with `!`. */
export const headsText = (changes: readonly PackageChange[]) =>
  headsOf(changes)
    .map(({ content, isConflicted }) => letterOf(content) + (isConflicted ? '!' : ''))
    .join('');

/** The id of the package that the tests use. */
export const nomadUuid = packageUuid('NoMAD.pkg');
