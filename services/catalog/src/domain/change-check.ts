import type { Content, HeadSetting, PackageChange, PackageRecord, VersionEntry } from '@odst/contracts/catalog';
import { checkFilename, isOdstError, OdstError, stages } from '@odst/kernel';
import { type Act, acts } from './change.ts';
import { maxStamp } from './hybrid-clock.ts';
import { packageUuid } from './package-identity.ts';
import { stampOf, writerOf } from './version-vector.ts';

/** Most writers that the vector of a head names: the starts of all servers in which it was changed. */
const maxEntries = 500;

/** Most changes of one record: every server of a mesh may have one. */
const maxChanges = 1_000;

const writerPattern = /^[0-9a-f]{32}\.[0-9a-f]{16}$/;
const hex16 = /^[0-9a-f]{16}$/;
const hex32 = /^[0-9a-f]{32}$/;
const hex40 = /^[0-9a-f]{40}$/;
const hex64 = /^[0-9a-f]{64}$/;

/**
 * Checks what all changes of a record have in common. Any file extension passes: which ones may be uploaded is each server's own rule.
 * @throws OdstError CATALOG_RECORD_INVALID
 */
export function checkRecord({ uuid, filename, changes }: PackageRecord): void {
  const reason =
    nameFault({ uuid, filename }) ??
    (changes.length >= 1 && changes.length <= maxChanges ? undefined : `it does not have 1 to ${maxChanges} changes`);
  if (reason === undefined) return;
  throw new OdstError('CATALOG_RECORD_INVALID', `the record of ${JSON.stringify(filename)} is refused: ${reason}`, { uuid });
}

/** What is wrong with the form of a change that came from outside; undefined for nothing. Signatures are checked elsewhere. */
export function changeFault(change: PackageChange): string | undefined {
  const { act, from, sets, iss, epoch, stamp, actor, reason, datedAt, signature } = change;
  return (
    (acts.some((known) => known === act) ? undefined : `the act ${JSON.stringify(act)} is unknown`) ??
    (hex32.test(iss) && hex16.test(epoch) ? undefined : 'it does not say who wrote it') ??
    (isStamp(stamp) ? undefined : 'its stamp is out of range') ??
    (actor.length <= 200 && reason.length <= 1_000 ? undefined : 'actor or reason are too long') ??
    (datedAt === undefined || Number.isFinite(datedAt.getTime()) ? undefined : 'its date is no time') ??
    setsFault(sets) ??
    (from === '' || stages.some((stage) => stage === from) ? undefined : 'it comes from no stage that there is') ??
    (datedAt === undefined && sets.some(({ content }) => content !== undefined) ? 'its content has no date' : undefined) ??
    sets.map((setting) => settingFault(setting, change)).find((fault) => fault !== undefined) ??
    actFault(change) ??
    (signature.length === 64 ? undefined : 'the signature does not have 64 bytes')
  );
}

function nameFault({ filename, uuid }: Pick<PackageRecord, 'filename' | 'uuid'>): string | undefined {
  try {
    if (checkFilename(filename, ['*']) !== filename) return 'the file name is not in NFC';
  } catch (error) {
    if (isOdstError(error, 'CATALOG_FILENAME_INVALID')) return error.message;
    throw error;
  }
  return packageUuid(filename) === uuid ? undefined : 'the uuid is not that of the file name';
}

function setsFault(sets: readonly HeadSetting[]): string | undefined {
  const ranks = sets.map(({ stage }) => (stages as readonly string[]).indexOf(stage));
  if (ranks.length === 0 || ranks.includes(-1)) return 'it sets no head that there is';
  return ranks.every((rank, index) => index === 0 || (ranks[index - 1] ?? 0) < rank) ? undefined : 'its heads are out of order';
}

/** Events, history and all who read them go by the name of the act: the change is to do what it says. */
function actFault({ act, from, sets }: PackageChange): string | undefined {
  const given = sets.filter(({ content }) => content !== undefined);
  const emptied = sets.filter(({ content }) => content === undefined);
  const [source, to] = [rankOf(from), rankOf(given[0]?.stage)];
  const isOne = given.length === 1;
  const isByTheWay = emptied.every(({ stage, byTheWay }) => byTheWay && rankOf(stage) < to);
  const isOnPurpose = emptied.every(({ byTheWay }) => !byTheWay);
  const isMove = act === 'promote' || act === 'demote';
  const isDone: Readonly<Record<Act, boolean>> = {
    upload: isOne && isByTheWay,
    replace: isOne && isByTheWay,
    promote: isOne && isByTheWay && source >= 0 && source < to,
    demote: isOne && isOnPurpose && source > to && emptied.length === 1 && emptied[0]?.stage === from,
    delete: given.length === 0 && isOnPurpose,
    restore: emptied.length === 0,
    rollback: isOne && emptied.length === 0,
    resolve: sets.length === 1 && isOnPurpose,
  };
  return isDone[act as Act] && isMove === (from !== '') ? undefined : `it does something else than ${act}`;
}

function rankOf(stage: string | undefined): number {
  return (stages as readonly (string | undefined)[]).indexOf(stage);
}

function settingFault({ content, byTheWay, seen }: HeadSetting, change: PackageChange): string | undefined {
  if (content !== undefined && byTheWay) return 'a content is not set by the way';
  return (content && contentFault(content)) ?? vectorFault(seen, change);
}

function contentFault({ sha256, sha1, sizeBytes, manifestDigest }: Content): string | undefined {
  if (!hex64.test(sha256)) return 'sha256 is not 64 hex digits';
  if (!hex40.test(sha1)) return 'sha1 is not 40 hex digits';
  if (!hex64.test(manifestDigest)) return 'the manifest digest is not 64 hex digits';
  return sizeBytes > 0n && sizeBytes <= BigInt(Number.MAX_SAFE_INTEGER)
    ? undefined
    : 'the size is not between 1 byte and 2^53 - 1';
}

function vectorFault(seen: readonly VersionEntry[], change: PackageChange): string | undefined {
  if (seen.length > maxEntries) return `a version vector has more than ${maxEntries} entries`;
  if (!seen.every(({ writer }) => writerPattern.test(writer))) return 'a version vector names something else than a writer';
  if (!seen.every(({ stamp }) => isStamp(stamp))) return 'a stamp of a version vector is out of range';
  const ascending = seen.every(({ writer }, index) => index === 0 || (seen[index - 1]?.writer ?? '') < writer);
  if (!ascending) return 'a version vector is not ascending by writer';
  return stampOf(seen, writerOf(change)) < change.stamp ? undefined : 'it has seen later changes of its own writer';
}

function isStamp(stamp: bigint): boolean {
  return stamp > 0n && stamp <= maxStamp;
}
