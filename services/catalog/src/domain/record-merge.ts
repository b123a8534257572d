import type { PackageRecord } from '@odst/contracts/catalog';
import { stages } from '@odst/kernel';
import { canonicalText } from './canonical-record.ts';
import { isSealOf, isUnsealed } from './sealing.ts';
import { covers } from './version-vector.ts';

/** What a record that was offered does to the one that is here. */
export type Merge = {
  /** State after it: the changes that no other one has seen. */
  readonly record: PackageRecord;
  /**
   * `ignored`: nothing new. `applied`: another change stands now. `merged`: the same content and stage stand, with more
   * history. `conflict`: changes that differ were made without knowing of each other.
   */
  readonly outcome: 'applied' | 'merged' | 'conflict' | 'ignored';
  /** Of a conflict, the changes that do not stand: one for each pair with the winner that was not known before. */
  readonly losers: readonly PackageRecord[];
};

/** The changes that a record consists of: the one that stands first. */
export function changesOf(record: PackageRecord): readonly PackageRecord[] {
  return [record.concurrent.length === 0 ? record : { ...record, concurrent: [] }, ...record.concurrent];
}

/**
 * Joins two states of one package. Commutative, associative and idempotent, so that servers agree in whatever order they
 * hear of changes: what is kept is the set of changes that no other change has seen, and the order among them is total.
 */
export function mergeRecords(one: PackageRecord, other: PackageRecord): PackageRecord {
  return recordOf(distinct([...changesOf(one), ...changesOf(other)]));
}

/** What `offered` does to `present`, which is undefined where the package is not known. */
export function offer(present: PackageRecord | undefined, offered: PackageRecord): Merge {
  const before = present === undefined ? [] : changesOf(present);
  const record = recordOf(distinct([...before, ...changesOf(offered)]));
  const known = new Set(before.map(canonicalText));
  const after = changesOf(record);
  const stayed = after.filter((change) => known.has(canonicalText(change))).length;
  if (stayed === before.length && stayed === after.length) return { record, outcome: 'ignored', losers: [] };
  const losers = distinctStates(record.concurrent).filter(
    (loser) => !isSameState(loser, record) && !knewBoth(before, record, loser),
  );
  if (losers.length > 0) return { record, outcome: 'conflict', losers };
  const sameStands = present !== undefined && isSameState(present, record) && stayed > 0;
  return { record, outcome: sameStands ? 'merged' : 'applied', losers };
}

/** The changes of `offered` that would be part of the state after a merge and are not part of `present`: those to verify. */
export function newChanges(present: PackageRecord | undefined, offered: PackageRecord): readonly PackageRecord[] {
  const known = new Set((present === undefined ? [] : changesOf(present)).map(canonicalText));
  return changesOf(offer(present, offered).record).filter((change) => !known.has(canonicalText(change)));
}

/**
 * `record` with the changes that `seals` complete in their place. Seals of changes that it does not consist of any more are
 * passed over: what has seen those needs them no longer.
 */
export function sealRecord(record: PackageRecord, seals: readonly PackageRecord[]): PackageRecord {
  const changes = changesOf(record);
  return seals.filter((seal) => changes.some((change) => isSealOf(seal, change))).reduce(mergeRecords, record);
}

/**
 * Whether both say the same about content and stage: what an admin chose. A change whose manifest is not made yet says of
 * its content what any other one says.
 */
export function isSameState(one: PackageRecord, other: PackageRecord): boolean {
  return (
    one.sha256 === other.sha256 &&
    (one.manifestDigest === other.manifestDigest || isUnsealed(one) || isUnsealed(other)) &&
    one.stage === other.stage &&
    one.deleted === other.deleted
  );
}

/** Whether `change` was made knowing all of `record`. */
export function supersedes(change: PackageRecord, record: PackageRecord): boolean {
  return changesOf(record).every((known) => isDominated(known, change));
}

/** An unsealed change gives way to its sealed form as to a change that has seen it: a restored server may hear of it from peers. */
function isDominated(change: PackageRecord, by: PackageRecord): boolean {
  const covered = covers(by.versionVector, change.versionVector);
  return covered && (!covers(change.versionVector, by.versionVector) || isSealOf(by, change));
}

function distinct(changes: readonly PackageRecord[]): readonly PackageRecord[] {
  return [...new Map(changes.toReversed().map((change) => [canonicalText(change), change])).values()];
}

function distinctStates(changes: readonly PackageRecord[]): readonly PackageRecord[] {
  return changes.filter((change, index) => changes.findIndex((other) => isSameState(change, other)) === index);
}

function knewBoth(before: readonly PackageRecord[], winner: PackageRecord, loser: PackageRecord): boolean {
  return before.some((change) => isSameState(change, winner)) && before.some((change) => isSameState(change, loser));
}

function recordOf(changes: readonly PackageRecord[]): PackageRecord {
  const standing = changes.filter((change) => !changes.some((other) => isDominated(change, other)));
  const [winner, ...concurrent] = standing.toSorted(byPrecedence);
  if (winner === undefined) throw new RangeError('a record consists of one change at least');
  return { ...winner, concurrent };
}

/** Live before deleted, higher stage, later clock, greater iss; then anything that is the same on every server. */
function byPrecedence(one: PackageRecord, other: PackageRecord): number {
  if (one.deleted !== other.deleted) return one.deleted ? 1 : -1;
  const stage = rank(other) - rank(one);
  if (stage !== 0) return stage;
  if (one.changedStamp !== other.changedStamp) return one.changedStamp > other.changedStamp ? -1 : 1;
  if (one.changedBy !== other.changedBy) return one.changedBy > other.changedBy ? -1 : 1;
  return canonicalText(one) > canonicalText(other) ? -1 : 1;
}

function rank(record: PackageRecord): number {
  return (stages as readonly string[]).indexOf(record.stage);
}
