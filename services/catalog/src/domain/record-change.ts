import type { PackageRecord } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { keptDate, newDate } from './content-date.ts';
import { nextStamp } from './hybrid-clock.ts';
import { packageUuid } from './package-identity.ts';
import { changesOf } from './record-merge.ts';
import { isUnsealed } from './sealing.ts';
import { joinVectors, type VersionVector, withStamp, writerOf } from './version-vector.ts';

/** A content as storage received it. */
export type Content = Pick<PackageRecord, 'sha256' | 'sha1' | 'sizeBytes' | 'manifestDigest'>;

/** Who makes a change, and when. */
export type Author = {
  /** This server. */
  readonly iss: string;
  /** The start of it that runs, 16 hex digits. */
  readonly epoch: string;
  readonly now: Date;
};

/** A change before its server signs it. */
export type UnsignedChange = Omit<PackageRecord, 'signature'>;

/** The change that gives a package its first or another content. `present` is undefined for a name not seen before. */
export function contentChange(
  present: PackageRecord | undefined,
  to: Content & { readonly filename: string; readonly stage: Stage },
  author: Author,
): UnsignedChange {
  return {
    uuid: packageUuid(to.filename),
    filename: to.filename,
    sha256: to.sha256,
    sha1: to.sha1,
    sizeBytes: to.sizeBytes,
    manifestDigest: to.manifestDigest,
    stage: to.stage,
    deleted: false,
    createdAt: newDate(present === undefined ? [] : changesOf(present), author.now),
    ...signatureOf(present, author),
    concurrent: [],
  };
}

/** The change that gives the content that stands another stage. */
export function stageChange(present: PackageRecord, stage: Stage, author: Author): UnsignedChange {
  const { signature: _signature, ...standing } = present;
  const createdAt = keptDate(changesOf(present), present, author.now);
  return { ...standing, stage, createdAt, ...signatureOf(present, author), concurrent: [] };
}

/** The changes of this server in `record` that name the content and lack its manifest, with it: all else stays what it was. */
export function sealingChanges(
  record: PackageRecord,
  { sha256, manifestDigest }: Pick<Content, 'sha256' | 'manifestDigest'>,
  { iss }: Pick<Author, 'iss'>,
): readonly UnsignedChange[] {
  return changesOf(record)
    .filter((change) => isUnsealed(change) && change.signedBy === iss && change.sha256 === sha256)
    .map(({ signature: _signature, ...change }) => ({ ...change, manifestDigest }));
}

/** The change has seen all that the package has, concurrent changes included: so it ends a conflict. */
function signatureOf(present: PackageRecord | undefined, { iss, epoch, now }: Author) {
  const writer = writerOf({ iss, epoch });
  const changes = present === undefined ? [] : changesOf(present);
  const seen = changes.reduce<VersionVector>((joined, change) => joinVectors(joined, change.versionVector), []);
  const stamp = nextStamp(seen, writer, now.getTime());
  return { versionVector: withStamp(seen, writer, stamp), changedBy: iss, epoch, changedStamp: stamp, signedBy: iss };
}
