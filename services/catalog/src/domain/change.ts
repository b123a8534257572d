import type { Content, HeadSetting, PackageChange, VersionEntry } from '@odst/contracts/catalog';
import { type Stage, stages } from '@odst/kernel';
import { type VersionVector, withStamp, writerOf } from './version-vector.ts';

/** What an admin can do to a package. */
export const acts = ['upload', 'replace', 'promote', 'demote', 'delete', 'restore', 'rollback', 'resolve'] as const;

/** One of {@link acts}. */
export type Act = (typeof acts)[number];

/** A change before its server signs it. */
export type UnsignedChange = Omit<PackageChange, 'signature'>;

/** Who makes a change, and when. */
export type Author = {
  /** This server. */
  readonly iss: string;
  /** The start of it that runs, 16 hex digits. */
  readonly epoch: string;
  /** As `account:admin`. */
  readonly actor: string;
  readonly now: Date;
};

/**
 * The one text of a change, over which it is signed and by which changes are told apart: a JSON array in the form of RFC 8785,
 * numbers of 64 bits as decimal strings, time as RFC 3339 in UTC with milliseconds. The signature itself is not part of it.
 */
export function canonicalText(change: UnsignedChange): string {
  const { uuid, filename, act, from, sets, iss, epoch, stamp, actor, reason, datedAt } = change;
  const date = datedAt?.toISOString() ?? '';
  return JSON.stringify([
    'odst.change.v1',
    uuid,
    filename,
    act,
    from,
    sets.map(settingText),
    iss,
    epoch,
    stamp.toString(),
    actor,
    reason,
    date,
  ]);
}

/** {@link canonicalText} in UTF-8: what is signed. */
export function canonicalBytes(change: UnsignedChange): Uint8Array {
  return new TextEncoder().encode(canonicalText(change));
}

/** What the change makes of a head; undefined where it leaves that head alone. */
export function settingOf(change: Pick<PackageChange, 'sets'>, stage: Stage): HeadSetting | undefined {
  return change.sets.find((setting) => setting.stage === stage);
}

/** All that the change has seen of a head, itself included. */
export function vectorOf(change: Pick<PackageChange, 'iss' | 'epoch' | 'stamp'>, { seen }: HeadSetting): VersionVector {
  return withStamp(seen, writerOf(change), change.stamp);
}

/** The contents that a change names, each once. */
export function contentsOf({ sets }: Pick<PackageChange, 'sets'>): readonly Content[] {
  const named = sets.flatMap(({ content }) => (content === undefined ? [] : [content]));
  return named.filter((content, index) => named.findIndex((other) => other.sha256 === content.sha256) === index);
}

/** The highest stage whose head the change sets: what a cap on stages is held against. */
export function highestStage({ sets }: Pick<PackageChange, 'sets'>): Stage {
  const highest = stages.findLast((stage) => sets.some((setting) => setting.stage === stage));
  if (highest === undefined) throw new RangeError('a change sets one head at least');
  return highest;
}

/** When the change was made, by the clock of its server. */
export function changedAt({ stamp }: Pick<PackageChange, 'stamp'>): Date {
  return new Date(Number(stamp / 65_536n));
}

function settingText({ stage, content, byTheWay, seen }: HeadSetting) {
  const value =
    content === undefined ? null : [content.sha256, content.sha1, content.sizeBytes.toString(), content.manifestDigest];
  return [stage, value, byTheWay, seen.map(({ writer, stamp }: VersionEntry) => [writer, stamp.toString()])];
}
