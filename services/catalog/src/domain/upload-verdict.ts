import type { Content, PackageChange } from '@odst/contracts/catalog';
import { OdstError, type Stage, stages } from '@odst/kernel';
import { changedAt } from './change.ts';
import { type Head, headOf } from './head.ts';
import { stampsPerMs } from './hybrid-clock.ts';
import type { Package } from './package.ts';

/** What an upload means for its package. */
export type UploadVerdict = 'created' | 'replaced' | 'unchanged';

/** What of an upload decides. */
export type UploadClaim = Pick<Content, 'sha256'> & {
  readonly stage: Stage;
  /** Whether other bytes may replace those of a package of this name. */
  readonly replace: boolean;
  /** What its stage is to have when it is replaced: a SHA-256, or `nothing`; empty for whatever it has. */
  readonly replaces: string;
  /** When all bytes were there, of an upload whose client waits no more; undefined while it waits. */
  readonly completedAt: Date | undefined;
};

/**
 * Judges an upload against the package of its name; a deleted package counts as none.
 * @throws OdstError CATALOG_STAGE_DIFFERS the same bytes are there in another stage
 * @throws OdstError CATALOG_FILENAME_TAKEN other bytes are there, and they are not to be replaced
 * @throws OdstError CATALOG_HEAD_REPLACED the stage does not have what is to be replaced
 * @throws OdstError CATALOG_CONTENT_CHANGED nobody waits for the upload, and the package was changed after it
 */
export function judgeUpload(state: Package | undefined, upload: UploadClaim): UploadVerdict {
  if (state === undefined) {
    if (upload.replaces === '' || upload.replaces === nothing) return 'created';
    throw replacedMeanwhile(upload, 'there is no package of this name', {});
  }
  const { heads, packageId } = state;
  const taken = heads.filter(({ content }) => content !== undefined);
  const name = JSON.stringify(state.filename);
  const own = headOf(heads, upload.stage);
  if (own.content?.sha256 === upload.sha256 && !own.isConflicted) return 'unchanged';
  const same = taken.find(({ content, stage }) => content?.sha256 === upload.sha256 && stage !== upload.stage);
  if (same !== undefined) {
    const act = stages.indexOf(upload.stage) > stages.indexOf(same.stage) ? 'promote' : 'demote';
    // With `from`: the package may be listed by another head, which a change without it would be of.
    const body = JSON.stringify({ from: same.stage, to: upload.stage });
    throw new OdstError(
      'CATALOG_STAGE_DIFFERS',
      `${name} has these bytes in stage ${same.stage}; ${act} them to ${upload.stage} instead: POST /api/v1/packages/${packageId}/${act} with ${body}`,
      { id: packageId, stage: same.stage },
    );
  }
  assertSeen(state, own, upload);
  if (taken.length === 0) return stillWanted('created', state, upload);
  if (upload.replace) return stillWanted('replaced', state, upload);
  const other = own.content === undefined ? taken[0] : own;
  throw new OdstError(
    'CATALOG_FILENAME_TAKEN',
    `${name} is package ${packageId} with other bytes, in stage ${other?.stage}; send replace=true to make a new revision`,
    { id: packageId, sha256: other?.content?.sha256 ?? '' },
  );
}

/** What is said of a stage that has no content. */
const nothing = 'nothing';

/** Holds the head to what whoever replaces it has seen there. @throws OdstError CATALOG_HEAD_REPLACED */
function assertSeen({ packageId, filename }: Package, { content, claims }: Head, upload: UploadClaim): void {
  const found = content?.sha256 ?? nothing;
  if (upload.replaces === '' || upload.replaces === found) return;
  const [winner] = claims;
  const by =
    winner === undefined
      ? ''
      : `, ${winner.change.act} by ${winner.change.actor} at server ${winner.change.iss}, ${changedAt(winner.change).toISOString()}`;
  const now = `${upload.stage} of ${JSON.stringify(filename)} (package ${packageId}) has ${found}${by}`;
  throw replacedMeanwhile(upload, now, { id: packageId, stage: upload.stage, sha256: content?.sha256 ?? '' });
}

function replacedMeanwhile({ replaces }: UploadClaim, now: string, details: Readonly<Record<string, unknown>>): OdstError {
  return new OdstError(
    'CATALOG_HEAD_REPLACED',
    `${now}, and not ${replaces}, which the upload was to replace; nothing was changed. Look at it, and upload again if it is to be replaced too`,
    details,
  );
}

/** Somebody was told of a change that came after the upload, whose own client was not told that it has succeeded: the change stays. */
function stillWanted(
  verdict: UploadVerdict,
  { changes, packageId, filename, heads }: Package,
  { completedAt, stage }: UploadClaim,
): UploadVerdict {
  if (completedAt === undefined) return verdict;
  const completedStamp = BigInt(completedAt.getTime()) * stampsPerMs;
  if (changes.every(({ stamp }: PackageChange) => stamp < completedStamp)) return verdict;
  throw new OdstError(
    'CATALOG_CONTENT_CHANGED',
    `${JSON.stringify(filename)} is package ${packageId}, which was changed after this upload; it is not replaced any more`,
    { id: packageId, sha256: headOf(heads, stage).content?.sha256 ?? '' },
  );
}
