import type { StagingFile } from '@odst/blob-store';
import { uploadStaging } from '../abandon-upload.ts';
import type { StorageDeps } from '../deps.ts';
import type { ResumableUploadState } from '../ports.ts';
import { createFileReceiver, type FileReceiver } from '../receive-file.ts';
import { bodyTooLong } from './upload-errors.ts';

/** What is kept in memory of an upload between its requests: room on the disk is reserved as long, and what came is hashed already. */
export type OpenUpload = {
  readonly staging: StagingFile;
  receiver: FileReceiver | undefined;
  /** Whether the file is shorter than it is to be: somebody removed it, or a backup did not have it. */
  isShort: boolean;
  usedAtMs: number;
};

/** Uploads whose file is open. */
export interface OpenUploads {
  /** Takes over the file of a new one. */
  add(uploadId: string, staging: StagingFile): Promise<OpenUpload>;
  /** The upload, opened anew where it is not open: what came before is hashed at the end then. @throws OdstError STORAGE_DISK_FULL */
  open(upload: ResumableUploadState): Promise<OpenUpload>;
  /** Who writes what comes behind the durable bytes. */
  receiverOf(open: OpenUpload, upload: ResumableUploadState): FileReceiver;
  /** Forgets what is hashed of one, as bytes were that do not count. */
  forgetHashes(open: OpenUpload): void;
  /** Closes one; its file stays. */
  close(uploadId: string): Promise<void>;
  /** Closes those that were not used for some time. */
  closeIdle(idleMs: number): Promise<void>;
  closeAll(): Promise<void>;
}

/** Files that are open at once: beyond that the one that was used least lately is closed. */
const mostOpen = 256;

/**
 * Builds it.
 * @param live those at which a request is: they stay open
 */
export function createOpenUploads<Transaction>(deps: StorageDeps<Transaction>, live: ReadonlySet<string>): OpenUploads {
  const files = new Map<string, OpenUpload>();
  const add = async (uploadId: string, staging: StagingFile): Promise<OpenUpload> => {
    const open: OpenUpload = { staging, receiver: undefined, isShort: false, usedAtMs: deps.elapsedMs() };
    files.set(uploadId, open);
    if (files.size > mostOpen) {
      const [oldest] = [...files].filter(([id]) => !live.has(id)).toSorted(([, one], [, other]) => one.usedAtMs - other.usedAtMs);
      if (oldest !== undefined && oldest[0] !== uploadId) await close(oldest[0]);
    }
    return open;
  };
  const forgetHashes = (open: OpenUpload): void => {
    open.receiver?.[Symbol.dispose]();
    open.receiver = undefined;
  };
  const close = async (uploadId: string): Promise<void> => {
    const open = files.get(uploadId);
    if (open === undefined) return;
    files.delete(uploadId);
    forgetHashes(open);
    await open.staging[Symbol.asyncDispose]();
  };
  return {
    add,
    async open({ uploadId, sizeBytes, durableBytes }) {
      let open = files.get(uploadId);
      if (open === undefined) {
        open = await add(uploadId, await deps.blobStore.openStaging(uploadStaging(uploadId), sizeBytes));
        open.isShort = open.staging.openedSizeBytes < durableBytes;
      }
      open.usedAtMs = deps.elapsedMs();
      return open;
    },
    receiverOf(open, { durableBytes, sizeBytes }) {
      if (open.receiver?.receivedBytes !== durableBytes) {
        forgetHashes(open);
        const bounds = { fromBytes: durableBytes, maxBytes: sizeBytes, sizeBytes, refuseMore: () => bodyTooLong(sizeBytes) };
        open.receiver = createFileReceiver(deps, open.staging, bounds);
      }
      return open.receiver as FileReceiver;
    },
    forgetHashes,
    close,
    async closeIdle(idleMs) {
      // Looked at one by one: a request may have come for the next while one was closed.
      for (const [uploadId, { usedAtMs }] of [...files]) {
        const { usedAtMs: lastMs = usedAtMs } = files.get(uploadId) ?? {};
        if (!live.has(uploadId) && deps.elapsedMs() - lastMs >= idleMs) await close(uploadId);
      }
    },
    async closeAll() {
      for (const uploadId of [...files.keys()]) await close(uploadId);
    },
  };
}
