import { serviceCaller } from '@odst/kernel';
import { uploadStream } from '../domain/upload.ts';
import { abandonUpload } from './abandon-upload.ts';
import type { UploadDeps } from './commit-upload.ts';
import type { StorageDeps } from './deps.ts';
import { finishUpload } from './finish-upload.ts';
import type { UnfinishedUpload } from './ports.ts';

/** Work that runs in this process and that the sweep leaves alone. */
export type LiveWork = {
  /** Ids of uploads. */
  readonly uploads: Pick<ReadonlySet<string>, 'has'>;
  /** Contents that are being fetched. */
  readonly fetches: ReadonlySet<string>;
};

/**
 * Finds from state what a crash or an outage left undone, and does it: finishes completed uploads, ends those whose
 * client is gone, removes staging files of nobody, has manifests made that are missing. Runs at start and every minute; one
 * failure does not keep it from the rest.
 */
export async function sweep<Transaction>(deps: UploadDeps<Transaction>, live: LiveWork): Promise<void> {
  for (const upload of await deps.uploadIndex.listUnfinished()) {
    if (live.uploads.has(upload.uploadId) || isWaitedFor(upload, deps.clock.now())) continue;
    try {
      await (upload.status === 'completed' ? finish(deps, upload) : abandon(deps, upload, live));
    } catch (error) {
      deps.logger.warn({ err: error, uploadId: upload.uploadId }, 'an unfinished upload could not be brought to its end yet');
    }
  }
  await removeStrayStaging(deps, live);
  deps.sealing.resume(await deps.blobIndex.listUnsealed());
}

async function finish<Transaction>(deps: StorageDeps<Transaction>, { uploadId, sha256 = '' }: UnfinishedUpload): Promise<void> {
  await deps.contentLock.run(sha256, async () => {
    const { state, changedAt } = await deps.streams.uploads.load(uploadStream(uploadId));
    if (state.status !== 'completed') return;
    const { filename } = state.received;
    // Its last event is that it was completed.
    const finished = await finishUpload(deps, uploadId, state.received, serviceCaller('storage', uploadId), changedAt);
    if (finished.outcome !== 'refused') deps.logger.info({ uploadId, filename }, 'finished an upload that was left completed');
    else {
      const { code } = finished.refusal;
      deps.logger.info({ uploadId, filename, code }, 'the catalogue refused an upload that was left completed');
    }
  });
}

/** Whether a client may still go on with it. */
function isWaitedFor({ status, resumableUntil }: UnfinishedUpload, now: Date): boolean {
  return status === 'started' && resumableUntil !== undefined && resumableUntil > now;
}

async function abandon<Transaction>(
  deps: StorageDeps<Transaction>,
  { uploadId, resumableUntil }: UnfinishedUpload,
  live: LiveWork,
): Promise<void> {
  if (resumableUntil !== undefined) {
    // Its client may have come back while others were brought to their end: what it was told then stays.
    const { expiresAt = resumableUntil } = (await deps.resumableIndex.find(uploadId)) ?? {};
    if (live.uploads.has(uploadId) || expiresAt > deps.clock.now()) return;
  }
  const why =
    resumableUntil === undefined
      ? ({ code: 'STORAGE_UPLOAD_TRUNCATED', reason: 'the server stopped while the upload ran' } as const)
      : ({ code: 'STORAGE_UPLOAD_EXPIRED', reason: 'nothing more came for too long' } as const);
  await abandonUpload(deps, uploadId, why, serviceCaller('storage', uploadId));
  deps.logger.info({ uploadId }, 'ended an upload that was left unfinished');
}

async function removeStrayStaging<Transaction>(deps: StorageDeps<Transaction>, live: LiveWork): Promise<void> {
  const files = (await deps.blobStore.listStaging()).map(({ id }) => {
    const [, kind, name = ''] = /^(upload|blob)-(.*)$/.exec(id) ?? [];
    return { id, kind, name, isLive: live.uploads.has(name) };
  });
  // Only now: a request that began an upload and is over since was seen, or has left its row.
  const unfinished = new Set((await deps.uploadIndex.listUnfinished()).map(({ uploadId }) => uploadId));
  for (const { id, kind, name, isLive } of files) {
    if (kind === undefined) {
      deps.logger.warn({ id }, 'a file in the staging folder is not of this server; it is left alone');
      continue;
    }
    if (kind === 'upload') {
      if (!isLive && !unfinished.has(name)) await deps.blobStore.discardStaging(id);
      continue;
    }
    // Under the lock, so that a fetch which begins meanwhile opens its file before, and is seen, or after.
    await deps.contentLock.run(name, async () => {
      if (!live.fetches.has(name) && !(await deps.blobIndex.isFetching(name))) await deps.blobStore.discardStaging(id);
    });
  }
}
