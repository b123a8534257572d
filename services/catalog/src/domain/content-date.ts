import type { PackageRecord } from '@odst/contracts/catalog';
import type { Package } from './package.ts';
import { changesOf } from './record-merge.ts';
import { covers } from './version-vector.ts';

const secondMs = 1_000;

/** Dates this far ahead of the clock do not move those of later contents, or one wrong clock would move all. */
const aheadLimitMs = 24 * 3_600_000;

/** When a content came to stand under its name: HTTP tells it as Last-Modified, in whole seconds. */
export type ContentDate = {
  readonly at: Date;
  /**
   * Whether other content of the name has a date of the same second, or of a later one. Who compares dates could not tell the
   * contents apart then, so it is not to be given out.
   */
  readonly isShared: boolean;
};

type Dated = Pick<PackageRecord, 'sha256' | 'createdAt'>;

/**
 * The date of the content that a package serves. It follows from signed changes alone, so that every server that serves the content
 * and knows the same changes gives the same one. A change has a later date than all other content that it has seen; so one date
 * belongs to two contents only where changes do not know of each other, and those are all here.
 */
export function servedDate({ record, served }: Pick<Package, 'record' | 'served'>): ContentDate | undefined {
  if (served === undefined) return undefined;
  if (record.sha256 === served.sha256) return latest(changesOf(record), served.sha256);
  // Newer content is on its way. What knows of the one that is served has another date; what does not may have the same.
  const others = changesOf(record).filter((change) => !covers(change.versionVector, served.versionVector));
  return latest([...changesOf(served), ...others], served.sha256);
}

/** The date of a new content: now, and at least a second after all that the package has seen. */
export function newDate(present: readonly Dated[], now: Date): Date {
  const next = seenBy(present, now).map((change) => (secondOf(change) + 1) * secondMs);
  return new Date(Math.max(now.getTime(), ...next));
}

/** The date of a content that stays while something else about it changes: the one that it has, unless other content shares it. */
export function keptDate(present: readonly Dated[], { sha256, createdAt }: Dated, now: Date): Date {
  const seen = seenBy(present, now);
  if (seen.length === 0) return createdAt ?? now;
  const { at, isShared } = latest(seen, sha256);
  return isShared ? new Date((Math.floor(at.getTime() / secondMs) + 1) * secondMs) : at;
}

function latest(changes: readonly Dated[], sha256: string): ContentDate {
  const second = Math.max(...changes.map(secondOf));
  const last = changes.filter((change) => secondOf(change) === second);
  const at = new Date(Math.max(...last.map(msOf)));
  return { at, isShared: last.some((change) => change.sha256 !== sha256) };
}

function seenBy(present: readonly Dated[], now: Date): readonly Dated[] {
  return present.filter((change) => msOf(change) <= now.getTime() + aheadLimitMs);
}

function msOf({ createdAt }: Dated): number {
  return createdAt?.getTime() ?? 0;
}

function secondOf(change: Dated): number {
  return Math.floor(msOf(change) / secondMs);
}
