import type { PackageRecord } from '@odst/contracts/catalog';
import { OdstError } from '@odst/kernel';
import type { Package } from './package.ts';

/** What an upload means for its package. */
export type UploadVerdict = 'created' | 'replaced' | 'unchanged';

/** What of an upload decides. */
export type UploadClaim = Pick<PackageRecord, 'filename' | 'sha256' | 'stage'> & {
  /** Whether other bytes may replace those of a package of this name. */
  readonly replace: boolean;
};

/**
 * Judges an upload against the package of its name; a deleted package counts as none.
 * @throws OdstError CATALOG_STAGE_DIFFERS the same bytes are there in another stage
 * @throws OdstError CATALOG_FILENAME_TAKEN other bytes are there, and they are not to be replaced
 */
export function judgeUpload(state: Package | undefined, upload: UploadClaim): UploadVerdict {
  if (state === undefined || state.record.deleted) return 'created';
  const { record, packageId } = state;
  const name = JSON.stringify(upload.filename);
  if (record.sha256 === upload.sha256) {
    if (record.stage === upload.stage) return 'unchanged';
    throw new OdstError(
      'CATALOG_STAGE_DIFFERS',
      `${name} has these bytes in stage ${record.stage}; use PATCH /api/v1/packages/${packageId} to make it ${upload.stage}`,
      { id: packageId, stage: record.stage },
    );
  }
  if (upload.replace) return 'replaced';
  throw new OdstError(
    'CATALOG_FILENAME_TAKEN',
    `${name} is package ${packageId} with other bytes, in stage ${record.stage}; send replace=true to make a new revision`,
    { id: packageId, sha256: record.sha256 },
  );
}
