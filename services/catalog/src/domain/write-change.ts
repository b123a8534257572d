import type { HeadSetting, PackageChange } from '@odst/contracts/catalog';
import type { Plan, PlannedSetting } from './acts.ts';
import type { Author, UnsignedChange } from './change.ts';
import { datesOf, keptDate, newDate } from './content-date.ts';
import { type Heads, headOf, seenOf } from './head.ts';
import { nextStamp } from './hybrid-clock.ts';
import { packageUuid } from './package-identity.ts';
import { covers, joinVectors, type VersionVector, writerOf } from './version-vector.ts';

/** What of a package a change is written on. */
export type WrittenOn = {
  readonly filename: string;
  /** Those that stand. */
  readonly changes: readonly PackageChange[];
  readonly heads: Heads;
  /** Stamp of the last change of the package that was made here; 0 for none. */
  readonly lastOwnStamp: bigint;
};

/**
 * The change that does what was planned. It has seen, of each head that it sets, all that stands there, conflicts included: so it ends
 * them. Its stamp is above all that it has seen and not before the clock.
 */
export function writeChange(present: WrittenOn, { act, sets, from }: Plan, author: Author, reason: string): UnsignedChange {
  const { iss, epoch, actor, now } = author;
  const writer = writerOf(author);
  const settings = sets.map((set): HeadSetting => ({ ...set, seen: seenOf(headOf(present.heads, set.stage)) }));
  const seen = settings.reduce<VersionVector>((joined, setting) => joinVectors(joined, setting.seen), []);
  const known = joinVectors(seen, [{ writer, stamp: present.lastOwnStamp }]);
  return {
    uuid: packageUuid(present.filename),
    filename: present.filename,
    act,
    from: from ?? '',
    sets: settings,
    iss,
    epoch,
    stamp: nextStamp(known, writer, now.getTime()),
    actor,
    reason,
    datedAt: dateOf(present, { act, sets }, now),
  };
}

/** Whether the change has seen, of each head that it sets, all that stands there now. */
export function hasSeenAll({ sets }: Pick<PackageChange, 'sets'>, heads: Heads): boolean {
  return sets.every(({ stage, seen }) => heads.every((head) => head.stage !== stage || covers(seen, seenOf(head))));
}

function dateOf({ changes }: WrittenOn, { act, sets }: Plan, now: Date): Date | undefined {
  const [first] = sets.flatMap(({ content }: PlannedSetting) => (content === undefined ? [] : [content]));
  if (first === undefined) return undefined;
  const present = datesOf(changes);
  return act === 'promote' || act === 'demote' ? keptDate(present, first.sha256, now) : newDate(present, now);
}
