import type { PackageChange, VersionEntry, WriterState } from '@odst/contracts/catalog';
import { type ErrorCode, type Stage, stages } from '@odst/kernel';
import { highestStage } from './change.ts';
import { changeFault } from './change-check.ts';
import { claimsOn, mergeChanges } from './change-merge.ts';
import { isAhead, isLongAgo } from './hybrid-clock.ts';
import { writerOf } from './version-vector.ts';

/** What is known of a server that signed. */
export type Signer = {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Whether an admin of this server refuses what it signs. */
  readonly isBlocked: boolean;
  /** Highest stage in which its changes are taken in; undefined for none. */
  readonly stageCap: Stage | undefined;
};

/** Why a change is not taken in. It is held back alone, and ends nothing meanwhile. */
export type Refusal = {
  readonly code: ErrorCode;
  readonly reason: string;
  /** Whether nothing that comes later can make it good. */
  readonly isFinal: boolean;
};

/** What a change is judged by. */
export type JudgedBy = {
  /** Known servers by iss: those that signed, and those that vectors name. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** Whether a signature holds. */
  readonly holds: (signer: Signer, change: PackageChange) => boolean;
  /** How far servers have written, by what they last signed; those of which nothing is known are left out. */
  readonly writers: ReadonlyMap<string, WriterState>;
  readonly now: Date;
  /** The running start of this server, and the stamp of its last change of the package; 0 for none. */
  readonly own: { readonly iss: string; readonly epoch: string; readonly lastStamp: bigint };
};

/** Judges a change by itself, before it takes part in a merge; undefined where it is good. */
export function judgeChange(change: PackageChange, by: JudgedBy): Refusal | undefined {
  const fault = changeFault(change);
  if (fault !== undefined) return refusal('CATALOG_CHANGE_INVALID', fault, true);
  const signer = by.signers.get(change.iss);
  if (signer === undefined) {
    return refusal('CATALOG_CHANGE_SIGNER_UNKNOWN', `the server ${change.iss}, which signed it, is not known here yet`);
  }
  if (!by.holds(signer, change)) return refusal('CATALOG_CHANGE_INVALID', 'its signature does not hold', true);
  if (signer.isBlocked) return refusal('CATALOG_CHANGE_SIGNER_BLOCKED', `the server ${change.iss}, which signed it, is blocked`);
  return aheadRefusal(change, by) ?? writersRefusal(change, by) ?? capRefusal(change, signer);
}

/**
 * Of changes that are good by themselves those that are too many: a server has a bounded number of changes beside each other in a head,
 * the latest count.
 */
export function overBound(present: readonly PackageChange[], accepted: readonly PackageChange[]): readonly PackageChange[] {
  const kept = new Set(mergeChanges(present, accepted));
  const all = [...present, ...accepted];
  const standing = new Set(stages.flatMap((stage) => claimsOn(all, stage, Number.POSITIVE_INFINITY).map(({ change }) => change)));
  return accepted.filter((change) => standing.has(change) && !kept.has(change));
}

function aheadRefusal(change: PackageChange, { now }: JudgedBy): Refusal | undefined {
  const stamps = [change.stamp, ...change.sets.flatMap(({ seen }) => seen.map(({ stamp }) => stamp))];
  if (!stamps.some((stamp) => isAhead(stamp, now.getTime()))) return undefined;
  return refusal(
    'CATALOG_CHANGE_AHEAD',
    'it, or what it has seen, is dated more than 24 hours ahead of the clock of this server',
  );
}

function writersRefusal(change: PackageChange, by: JudgedBy): Refusal | undefined {
  for (const entry of change.sets.flatMap(({ seen }) => seen)) {
    const [iss = ''] = entry.writer.split('.');
    const named = by.signers.get(iss);
    if (named === undefined) {
      return refusal('CATALOG_CHANGE_WRITER_UNKNOWN', `it has seen a change of the server ${iss}, which is not known here yet`);
    }
    // What a server has seen of itself it says with its own signature. Of a blocked one no word is taken any more, and no change that could
    // be ended: others, who have not blocked it, may have seen what it did since.
    const refused = iss === change.iss || named.isBlocked ? undefined : unwrittenRefusal(entry, iss, by);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/**
 * Whether the server made no change of that stamp, by what it last signed. It is judged by that on every server, itself included, so that
 * all come to the same. What is over for a day passes: its next change comes later than that, and the statement that it lacks, of a server
 * that is gone, may be lost.
 */
function unwrittenRefusal({ writer, stamp }: VersionEntry, iss: string, { writers, own, now }: JudgedBy): Refusal | undefined {
  const said = writers.get(iss);
  if (said === undefined) {
    if (writer !== writerOf(own) || stamp <= own.lastStamp) return undefined;
    return refusal('CATALOG_CHANGE_WRITER_UNKNOWN', 'it has seen a change of this server that this server did not make');
  }
  const last = writer === writerOf(said) ? said.lastStamp : said.floor;
  if (stamp <= last || isLongAgo(stamp, now.getTime())) return undefined;
  return refusal(
    'CATALOG_CHANGE_UNWRITTEN',
    `it has seen a change that the server ${iss}, by what that last signed, has not made`,
  );
}

function capRefusal(change: PackageChange, { stageCap }: Signer): Refusal | undefined {
  const stage = highestStage(change);
  if (stageCap !== undefined && stages.indexOf(stage) <= stages.indexOf(stageCap)) return undefined;
  const accepted = stageCap === undefined ? 'no changes' : `changes up to ${stageCap}`;
  return refusal('CATALOG_CHANGE_ABOVE_CAP', `it concerns ${stage}, and of this server ${accepted} are accepted from this peer`);
}

function refusal(code: ErrorCode, reason: string, isFinal = false): Refusal {
  return { code, reason, isFinal };
}
