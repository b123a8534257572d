import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { type Caller, isOdstError, type Stage } from '@odst/kernel';
import { uploadStream } from '../domain/upload.ts';
import { abandonUpload, uploadStaging } from './abandon-upload.ts';
import { assertWanted, commitUpload, type UploadDeps } from './commit-upload.ts';
import { stepOf } from './deps.ts';
import type { UploadOutcome } from './ports.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';

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
   * @param upload.sha256 what the content is to be, hex; undefined where the client did not say
   * @throws OdstError what the catalogue refuses with, STORAGE_UPLOAD_DIGEST_MISMATCH: nothing is kept; COMMON_SERVICE_UNAVAILABLE when
   *   the catalogue has not decided: the upload may be finished later, unless the name is changed before
   */
  complete(upload: {
    readonly stage: Stage;
    readonly replace: boolean;
    /** What the stage is to have when it is replaced; as of a `ReceivedUpload`. */
    readonly replaces: string;
    readonly sha256?: string | undefined;
  }): Promise<{ readonly sha1: string; readonly sha256: string; readonly outcome: UploadOutcome }>;
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

  return {
    uploadId,
    async receive(source) {
      file = await receiveFile(deps, staging, source, maxBytes);
    },
    async complete({ stage, replace, replaces, sha256 }) {
      if (file === undefined) throw new Error('complete() comes after receive()');
      assertWanted(file.sha256, sha256);
      const { outcome } = await commitUpload(deps, { uploadId, filename, stage, replace, replaces }, file, {
        staging,
        caller,
        onCompleted: () => {
          completed = true;
        },
      });
      return { sha1: file.sha1, sha256: file.sha256, outcome };
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
