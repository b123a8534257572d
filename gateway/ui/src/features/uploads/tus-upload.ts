import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { DetailedError, Upload } from 'tus-js-client';
import { texts } from '../../texts.ts';
import { identityKey, identityOf, nothingSeen } from './file-identity.ts';
import { bytesOf, createSliceReader } from './slice-reader.ts';
import type { UploadItem } from './upload-item.ts';

/** A cut re-sends this much at most. */
const sliceBytes = 16 * 1024 * 1024;

/** Told while a file is sent. */
export type SendListener = {
  /** The server knows it under this id from here on. */
  readonly begun: (id: string) => void;
  readonly sent: (bytes: number) => void;
  /** The server published it. @param id Of the upload there */
  readonly done: (id: string) => void;
  /** This try is over. @param error An `ApiProblem`, `ApiUnreachable` or `UploadStop`, or what else went wrong */
  readonly failed: (error: unknown) => void;
  /** Before the first byte and before the last slice. @throws UploadStop where it is not to be published as things stand */
  readonly check: () => Promise<void>;
};

/** A try to send a file. */
export interface Sending {
  /** Ends it; what the server has it keeps. */
  stop(): void;
}

/** Sends a file by tus, once: from where the server stands, where it knows it. */
export function sendByTus(item: UploadItem, file: File, listener: SendListener): Sending {
  let isStopped = false;
  const upload = new Upload(file, {
    // Without an endpoint a HEAD that fails begins nothing anew under another address.
    endpoint: item.id === undefined ? '/api/v1/uploads' : null,
    uploadUrl: item.id === undefined ? null : `/api/v1/uploads/${item.id}`,
    fileReader: createSliceReader(async (isLast) => {
      if (isStopped) throw new Error('stopped');
      if (isLast) await listener.check();
    }),
    chunkSize: sliceBytes,
    retryDelays: [],
    storeFingerprintForResuming: false,
    // Who uploads for hours is at work, though nobody touches the page.
    onBeforeRequest(request) {
      request.setHeader('odst-active', 'true');
      // Somebody may have decided to replace something else than was said when the upload began.
      if (item.seenSha256 !== undefined && request.getMethod() === 'PATCH') {
        request.setHeader('odst-replaces', item.seenSha256 ?? nothingSeen);
      }
    },
    onProgress: listener.sent,
    onUploadUrlAvailable: () => listener.begun(idOf(upload)),
    onSuccess: () => listener.done(idOf(upload)),
    onError: (error) => listener.failed(toldOf(error)),
  });
  const start = async () => {
    if (item.id === undefined) {
      await listener.check();
      upload.options.metadata = await metadataOf(item, file);
    }
    if (!isStopped) upload.start();
  };
  start().catch((error: unknown) => {
    if (!isStopped) listener.failed(error);
  });
  return {
    stop() {
      isStopped = true;
      // Nothing is asked of the server, so nothing can fail.
      void upload.abort();
    },
  };
}

const idOf = ({ url }: Upload): string => url?.split('/').at(-1) ?? '';

async function metadataOf(
  { filename, stage, replace, sha256, seenSha256 }: UploadItem,
  file: File,
): Promise<Record<string, string>> {
  // That it can be read at all is known before the server makes room for it.
  if (file.size > 0) await bytesOf(file, 0, 1);
  return {
    ...{ filename, stage },
    [identityKey]: await identityOf(file),
    ...(replace && { replace: 'true' }),
    ...(replace && seenSha256 !== undefined && { replaces: seenSha256 ?? nothingSeen }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

/** What went wrong, as other requests throw it. */
function toldOf(error: unknown): unknown {
  if (!(error instanceof DetailedError)) return error;
  // A slice that was not to be sent, and why; of a request there is an event.
  if (error.causingError instanceof Error) return error.causingError;
  const answer = error.originalResponse;
  if (answer === null || answer.getStatus() === 0) return new ApiUnreachable(texts.uploads.unreachable, undefined, error);
  const status = answer.getStatus();
  const seconds = Number.parseInt(answer.getHeader('retry-after') ?? '', 10);
  const after = Number.isNaN(seconds) ? undefined : seconds;
  try {
    return new ApiProblem(status, JSON.parse(answer.getBody()), after);
  } catch {
    // To a HEAD, or a proxy in between answered.
    return new ApiProblem(status, {}, after);
  }
}
