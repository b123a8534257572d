import { access, constants, mkdir, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FaultPoint, noFault, OdstError } from '@odst/kernel';
import type { BlobEntry, BlobStore, StagingEntry } from '../blob-store.ts';
import type { DiskSpace } from '../disk-space.ts';
import { createSpaceLedger } from '../space-ledger.ts';
import { openBlobReader } from './file-blob-reader.ts';
import { translateFull, unlessMissing } from './file-errors.ts';
import { openStagingFile, syncFolder } from './file-staging.ts';

/** Where the store lives, and what tests replace. */
export type FileBlobStoreOptions = {
  /** Folder of the blobs: `<aa>/<sha256>`, `<aa>` being the first two digits. */
  readonly blobsDir: string;
  /** Folder of the staging files, on the same volume. */
  readonly stagingDir: string;
  /** Default: the volume of `blobsDir`. */
  readonly disk?: DiskSpace;
  /** Bytes of the volume that are kept free, whatever its size. Default 1 GiB. */
  readonly reserveBytes?: number;
  /** Fault points `storage.staging-written`, `storage.fsynced`, `storage.renamed`. Default none. */
  readonly faultPoint?: FaultPoint;
};

const idPattern = /^[a-z0-9-]{1,100}$/;
const sha256Pattern = /^[0-9a-f]{64}$/;

/**
 * The blob store on a local file system.
 * @throws OdstError COMMON_SETTING_INVALID when a folder cannot be made, or the two lie on different volumes: publishing would
 *   have to copy
 */
export async function openFileBlobStore(options: FileBlobStoreOptions): Promise<BlobStore> {
  const { blobsDir, stagingDir, faultPoint = noFault } = options;
  await makeFolder('BLOB_STORE', blobsDir);
  await makeFolder('UPLOAD_STAGING_DIR', stagingDir);
  const [blobs, staging] = await Promise.all([stat(blobsDir), stat(stagingDir)]);
  if (blobs.dev !== staging.dev) {
    const fault = `${stagingDir} is not on the volume of ${blobsDir}`;
    throw new OdstError('COMMON_SETTING_INVALID', `UPLOAD_STAGING_DIR: ${fault}; leave it out to have it there`);
  }

  const disk = options.disk ?? createFileDiskSpace(blobsDir);
  const ledger = createSpaceLedger(disk, options.reserveBytes);
  const stagingPath = (id: string) => join(stagingDir, checked(id, idPattern));
  const blobPath = (sha256: string) => join(blobsDir, sha256.slice(0, 2), checked(sha256, sha256Pattern));
  const findBlob = async (sha256: string): Promise<BlobEntry | undefined> => {
    const found = await unlessMissing(() => stat(blobPath(sha256)));
    return found && { sha256, sizeBytes: found.size, modifiedAt: found.mtime };
  };

  return {
    async openStaging(id, sizeBytes, options = {}) {
      const path = stagingPath(id);
      const existed = (await unlessMissing(() => stat(path))) !== undefined;
      try {
        return await openStagingFile(ledger, path, { id, sizeBytes, ...options });
      } catch (error) {
        if (!existed) await rm(path, { force: true });
        throw error;
      }
    },
    async listStaging() {
      const entries = (await readdir(stagingDir)).map(async (id): Promise<StagingEntry | undefined> => {
        const found = await unlessMissing(() => stat(join(stagingDir, id)));
        return found === undefined ? undefined : { id, sizeBytes: found.size, modifiedAt: found.mtime };
      });
      return (await Promise.all(entries)).filter((entry) => entry !== undefined);
    },
    discardStaging: async (id) => rm(stagingPath(id), { force: true }),
    async publish(file, sha256) {
      const path = blobPath(sha256);
      await faultPoint('storage.staging-written');
      await file.sync();
      await file[Symbol.asyncDispose]();
      await faultPoint('storage.fsynced');
      const made = await translateFull(() => mkdir(dirname(path), { recursive: true, mode: 0o750 }));
      if (made !== undefined) await syncFolder(blobsDir);
      await translateFull(() => rename(stagingPath(file.id), path));
      await faultPoint('storage.renamed');
      await syncFolder(dirname(path));
    },
    open: async (sha256) => openBlobReader(blobPath(sha256), sha256),
    find: findBlob,
    async *list() {
      for (const folder of await readdir(blobsDir, { withFileTypes: true })) {
        if (!folder.isDirectory()) continue;
        const names = (await unlessMissing(() => readdir(join(blobsDir, folder.name)))) ?? [];
        const blobs = names.filter((name) => sha256Pattern.test(name) && name.startsWith(folder.name));
        yield (await Promise.all(blobs.map(findBlob))).filter((entry) => entry !== undefined);
      }
    },
    async remove(sha256) {
      const path = blobPath(sha256);
      if ((await unlessMissing(() => unlink(path).then(() => true))) === undefined) return false;
      await syncFolder(dirname(path));
      return true;
    },
    usage: () => disk.measure(),
  };
}

async function makeFolder(setting: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o750 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      `${setting}: the folder ${path} cannot be used: ${reason}`,
      {},
      { cause: error },
    );
  }
}

/** Names become paths: one that is not of the expected form is a defect of the caller and goes nowhere. */
function checked(name: string, pattern: RegExp): string {
  if (!pattern.test(name)) throw new TypeError(`not a name in the blob store: ${JSON.stringify(name)}`);
  return name;
}

/** The volume that `folder` is on, as the operating system counts it. */
function createFileDiskSpace(folder: string): DiskSpace {
  return {
    async measure() {
      const { bsize, blocks, bavail, bfree } = await statfs(folder);
      return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, usedBytes: (blocks - bfree) * bsize };
    },
  };
}
