import type { PackageRecord } from '@odst/contracts/catalog';
import { OdstError } from '@odst/kernel';
import { stampsPerMs } from './hybrid-clock.ts';
import type { Package } from './package.ts';
import { changesOf } from './record-merge.ts';

/** What an upload means for its package. */
export type UploadVerdict = 'created' | 'replaced' | 'unchanged';

/** What of an upload decides. */
export type UploadClaim = Pick<PackageRecord, 'filename' | 'sha256' | 'stage'> & {
  /** Whether other bytes may replace those of a package of this name. */
  readonly replace: boolean;
  /** When all bytes were there, of an upload whose client waits no more; undefined while it waits. */
  readonly completedAt: Date | undefined;
};

/**
 * Judges an upload against the package of its name; a deleted package counts as none.
 * @throws OdstError CATALOG_STAGE_DIFFERS the same bytes are there in another stage
 * @throws OdstError CATALOG_FILENAME_TAKEN other bytes are there, and they are not to be replaced
 * @throws OdstError CATALOG_CONTENT_CHANGED nobody waits for the upload, and the package was changed after it
 */
export function judgeUpload(state: Package | undefined, upload: UploadClaim): UploadVerdict {
  if (state === undefined) return 'created';
  const { record, packageId } = state;
  if (record.deleted) return stillWanted('created', state, upload);
  const name = JSON.stringify(upload.filename);
  if (record.sha256 === upload.sha256) {
    if (record.stage === upload.stage) return 'unchanged';
    throw new OdstError(
      'CATALOG_STAGE_DIFFERS',
      `${name} has these bytes in stage ${record.stage}; use PATCH /api/v1/packages/${packageId} to make it ${upload.stage}`,
      { id: packageId, stage: record.stage },
    );
  }
  if (upload.replace) return stillWanted('replaced', state, upload);
  throw new OdstError(
    'CATALOG_FILENAME_TAKEN',
    `${name} is package ${packageId} with other bytes, in stage ${record.stage}; send replace=true to make a new revision`,
    { id: packageId, sha256: record.sha256 },
  );
}

/** Somebody was told of a change that came after the upload, whose own client was not told that it has succeeded: the change stays. */
function stillWanted(verdict: UploadVerdict, { record, packageId }: Package, { completedAt }: UploadClaim): UploadVerdict {
  if (completedAt === undefined) return verdict;
  const completedStamp = BigInt(completedAt.getTime()) * stampsPerMs;
  if (changesOf(record).every(({ changedStamp }) => changedStamp < completedStamp)) return verdict;
  throw new OdstError(
    'CATALOG_CONTENT_CHANGED',
    `${JSON.stringify(record.filename)} is package ${packageId}, which was changed after this upload; it is not replaced any more`,
    { id: packageId, sha256: record.sha256 },
  );
}
