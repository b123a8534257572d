import type { Content, PackageChange } from '@odst/contracts/catalog';
import { contentsOf } from './change.ts';

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

/** A content with a date that a change gave it. */
export type Dated = { readonly sha256: string; readonly datedAt: Date | undefined };

/** The dates of all contents that these changes name. */
export function datesOf(changes: readonly PackageChange[]): readonly Dated[] {
  return changes.flatMap((change) => contentsOf(change).map(({ sha256 }) => ({ sha256, datedAt: change.datedAt })));
}

/**
 * The date of the content that is served. It follows from signed changes, so that every server that serves the content gives the same
 * one, unless it served later content before, or such content is a side of a conflict: then the date is not to be given out.
 * @param others contents that were served before, or stand against it
 */
export function servedDate(served: Dated, others: readonly Dated[]): ContentDate {
  return latest([served, ...others], served.sha256);
}

/**
 * Of what was served so far, what has to be kept in mind: the latest dates of two contents, so that one is of another than any. A content
 * may come back with an earlier date than it had, as after a deletion: the later one was given out all the same.
 */
export function servedBefore(before: readonly Dated[], { sha256, datedAt }: Dated): readonly Dated[] {
  const latestFirst = [{ sha256, datedAt }, ...before].toSorted((one, other) => msOf(other) - msOf(one));
  return latestFirst.filter((dated, index) => latestFirst.findIndex((one) => one.sha256 === dated.sha256) === index).slice(0, 2);
}

/** The date that a content has among these changes; undefined where none names it. */
export function dateAmong(changes: readonly PackageChange[], { sha256 }: Pick<Content, 'sha256'>): Date | undefined {
  let latestMs: number | undefined;
  for (const change of changes) {
    if (change.sets.some(({ content }) => content?.sha256 === sha256)) latestMs = Math.max(latestMs ?? 0, msOf(change));
  }
  return latestMs === undefined ? undefined : new Date(latestMs);
}

/** The date of a new content: now, and at least a second after all that the package has seen. */
export function newDate(present: readonly Dated[], now: Date): Date {
  const next = seenBy(present, now).map((dated) => (secondOf(dated) + 1) * secondMs);
  return new Date(Math.max(now.getTime(), ...next));
}

/** The date of a content that only comes to another head: the one that it has, unless other content has it too, or a later one. */
export function keptDate(present: readonly Dated[], sha256: string, now: Date): Date {
  const seen = seenBy(present, now);
  if (!seen.some((dated) => dated.sha256 === sha256)) return newDate(present, now);
  const { at, isShared } = latest(seen, sha256);
  return isShared ? newDate(present, now) : at;
}

function latest(dates: readonly Dated[], sha256: string): ContentDate {
  const second = Math.max(...dates.map(secondOf));
  const last = dates.filter((dated) => secondOf(dated) === second);
  return { at: new Date(Math.max(...last.map(msOf))), isShared: last.some((dated) => dated.sha256 !== sha256) };
}

function seenBy(present: readonly Dated[], now: Date): readonly Dated[] {
  return present.filter((dated) => msOf(dated) <= now.getTime() + aheadLimitMs);
}

function msOf({ datedAt }: Pick<Dated, 'datedAt'>): number {
  return datedAt?.getTime() ?? 0;
}

function secondOf(dated: Dated): number {
  return Math.floor(msOf(dated) / secondMs);
}
