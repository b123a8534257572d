import { serviceCaller } from '@odst/kernel';
import { uploadStream } from '../domain/upload.ts';
import { abandonUpload } from './abandon-upload.ts';
import type { StorageDeps } from './deps.ts';
import { finishUpload } from './finish-upload.ts';
import type { UnfinishedUpload } from './ports.ts';
import type { UploadDeps } from './upload-session.ts';

/** Work that runs in this process and that the sweep leaves alone. */
export type LiveWork = {
  /** Ids of uploads. */
  readonly uploads: ReadonlySet<string>;
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
    if (live.uploads.has(upload.uploadId)) continue;
    try {
      await (upload.status === 'completed' ? finish(deps, upload) : abandon(deps, upload));
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
    const refusal = await finishUpload(deps, uploadId, state.received, serviceCaller('storage', uploadId), changedAt);
    if (refusal === undefined) deps.logger.info({ uploadId, filename }, 'finished an upload that was left completed');
    else deps.logger.info({ uploadId, filename, code: refusal.code }, 'the catalogue refused an upload that was left completed');
  });
}

async function abandon<Transaction>(deps: StorageDeps<Transaction>, { uploadId }: UnfinishedUpload): Promise<void> {
  const why = { code: 'STORAGE_UPLOAD_TRUNCATED' as const, reason: 'the server stopped while the upload ran' };
  await abandonUpload(deps, uploadId, why, serviceCaller('storage', uploadId));
  deps.logger.info({ uploadId }, 'ended an upload that was left unfinished');
}

async function removeStrayStaging<Transaction>(deps: StorageDeps<Transaction>, live: LiveWork): Promise<void> {
  const unfinished = new Set((await deps.uploadIndex.listUnfinished()).map(({ uploadId }) => uploadId));
  for (const { id } of await deps.blobStore.listStaging()) {
    const [, kind, name = ''] = /^(upload|blob)-(.*)$/.exec(id) ?? [];
    if (kind === undefined) {
      deps.logger.warn({ id }, 'a file in the staging folder is not of this server; it is left alone');
      continue;
    }
    if (kind === 'upload') {
      if (!live.uploads.has(name) && !unfinished.has(name)) await deps.blobStore.discardStaging(id);
      continue;
    }
    // Under the lock, so that a fetch which begins meanwhile opens its file before, and is seen, or after.
    await deps.contentLock.run(name, async () => {
      if (!live.fetches.has(name) && !(await deps.blobIndex.isFetching(name))) await deps.blobStore.discardStaging(id);
    });
  }
}
