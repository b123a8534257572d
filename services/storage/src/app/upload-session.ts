import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { type Caller, chunkCount, isOdstError, OdstError, type Stage } from '@odst/kernel';
import { uploadStream } from '../domain/upload.ts';
import { abandonUpload, uploadStaging } from './abandon-upload.ts';
import { type StorageDeps, stepOf } from './deps.ts';
import { finishUpload } from './finish-upload.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';
import { sealedBytes } from './seal-blob.ts';
import type { Sealing } from './sealing.ts';

/** What uploads need: manifests that they did not wait for are made by the sealing. */
export type UploadDeps<Transaction> = StorageDeps<Transaction> & { readonly sealing: Pick<Sealing, 'seal' | 'resume'> };

/** What is known before the file's first byte. */
export type UploadStart = {
  /** Checked, NFC. */
  readonly filename: string;
  /** Bytes of the whole request, where the client declares them: the file has no more. */
  readonly declaredBytes: number | undefined;
  readonly maxBytes: number;
  readonly caller: Caller;
};

/** One upload while it runs. Disposing without {@link complete} leaves nothing of it. */
export interface UploadSession extends AsyncDisposable {
  readonly uploadId: string;
  /**
   * Receives the file, once.
   * @throws OdstError STORAGE_UPLOAD_TOO_LARGE, STORAGE_UPLOAD_EMPTY, STORAGE_UPLOAD_TRUNCATED, STORAGE_DISK_FULL
   */
  receive(source: Readable): Promise<void>;
  /**
   * Makes what was received durable, and a package. When it resolves, file, folder and events survive any crash.
   * @throws OdstError what the catalogue refuses with: nothing is kept; COMMON_SERVICE_UNAVAILABLE when it has not decided:
   *   the upload may be finished later, unless the name is changed before
   */
  complete(upload: { readonly stage: Stage; readonly replace: boolean }): Promise<{ readonly sha1: string }>;
  /** Notes why the upload fails, for its event. */
  failed(error: unknown): void;
}

/** Begins an upload whose caller has the right to it. @throws OdstError STORAGE_DISK_FULL before the first byte */
export async function beginUpload<Transaction>(
  deps: UploadDeps<Transaction>,
  live: Set<string>,
  start: UploadStart,
): Promise<UploadSession> {
  const { blobStore, streams, uploadIndex } = deps;
  const { filename, declaredBytes, caller } = start;
  const uploadId = deps.newId();
  live.add(uploadId);
  let staging: StagingFile | undefined;
  try {
    staging = await blobStore.openStaging(uploadStaging(uploadId), declaredBytes);
    await streams.uploads.run({
      stream: uploadStream(uploadId),
      command: () => ({ type: 'StartUpload', uploadId, filename, declaredBytes: declaredBytes ?? 0 }),
      metadata: stepOf(caller, uploadId, 'start'),
      alongside: (transaction, state) => uploadIndex.save(transaction, uploadId, state),
    });
    return createSession(deps, live, { ...start, uploadId, staging });
  } catch (error) {
    await staging?.[Symbol.asyncDispose]();
    await blobStore.discardStaging(uploadStaging(uploadId));
    live.delete(uploadId);
    throw error;
  }
}

type Begun = UploadStart & { readonly uploadId: string; readonly staging: StagingFile };

function createSession<Transaction>(deps: UploadDeps<Transaction>, live: Set<string>, begun: Begun): UploadSession {
  const { uploadId, staging, filename, maxBytes, caller } = begun;
  let file: ReceivedFile | undefined;
  let completed = false;
  let why = { code: 'STORAGE_UPLOAD_TRUNCATED' as const, reason: 'the upload ended early' } as Parameters<
    typeof abandonUpload
  >[2];

  const seal = async (received: ReceivedFile, stage: Stage, replace: boolean): Promise<void> => {
    const { chunkDigests, ...digests } = received;
    const { sha256 } = digests;
    const manifest =
      chunkDigests.size === chunkCount(received.sizeBytes)
        ? sealedBytes(received, chunkDigests)
        : { bytes: undefined, digest: '' };
    const upload = { filename, stage, replace, ...digests, manifestDigest: manifest.digest };
    await deps.contentLock.run(sha256, async () => {
      await deps.uploadIndex.announceContent(uploadId, sha256);
      await deps.blobStore.publish(staging, sha256);
      await deps.streams.uploads.run({
        stream: uploadStream(uploadId),
        command: () => ({ type: 'CompleteUpload', uploadId, ...upload }),
        metadata: stepOf(caller, uploadId, 'complete'),
        alongside: async (transaction, state) => {
          if (manifest.bytes !== undefined)
            await deps.manifests.save(transaction, { ...manifest, sha256, bytes: manifest.bytes });
          await deps.uploadIndex.save(transaction, uploadId, state);
        },
      });
      completed = true;
      const refusal = await finishUpload(deps, uploadId, upload, caller).catch(undecided);
      if (refusal !== undefined) throw refusal;
    });
  };
  /** Whatever it is that went wrong, it is no refusal: the sweep goes on with the upload, and the answer says so. */
  const undecided = (error: unknown): never => {
    deps.logger.warn({ err: error, uploadId }, 'an upload was left completed; the sweep finishes it');
    const why = isOdstError(error) ? `: ${error.message}` : '';
    throw new OdstError(
      'COMMON_SERVICE_UNAVAILABLE',
      `all bytes came, but whether they become ${JSON.stringify(filename)} is not decided yet${why}; it may still happen, unless the name is changed before; send the file again to be sure`,
      {},
      { cause: error },
    );
  };
  /** The client does not wait for it; what fails is logged there and done by the sweep. */
  const sealLater = ({ sha256, chunkDigests }: ReceivedFile): void => {
    deps.sealing.seal(sha256, chunkDigests).catch(() => undefined);
  };

  return {
    uploadId,
    async receive(source) {
      file = await receiveFile(deps, staging, source, maxBytes);
    },
    async complete({ stage, replace }) {
      if (file === undefined) throw new Error('complete() comes after receive()');
      await seal(file, stage, replace);
      await deps.faultPoint('storage.before-201');
      deps.metrics.add('odst_upload_bytes_total', {}, file.sizeBytes);
      sealLater(file);
      return { sha1: file.sha1 };
    },
    failed(error) {
      why = isOdstError(error)
        ? { code: error.code, reason: error.message }
        : { code: 'COMMON_INTERNAL', reason: 'the server made an error' };
    },
    async [Symbol.asyncDispose]() {
      try {
        await staging[Symbol.asyncDispose]();
        if (!completed) await abandonUpload(deps, uploadId, why, caller);
      } catch (error) {
        deps.logger.warn({ err: error, uploadId }, 'an upload could not be cleaned up; the sweep tries again');
      } finally {
        live.delete(uploadId);
      }
    },
  };
}
