import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { DetailedError, Upload } from 'tus-js-client';
import { sliceReader } from './slice-reader.ts';
import type { UploadItem } from './upload-item.ts';

/** A cut re-sends this much at most. */
const sliceBytes = 16 * 1024 * 1024;

/** Pauses between tries where the server does not answer, in milliseconds; after the last one a person says when. */
const retryDelays = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000];

/** Told while a file is sent. */
export type TusListener = {
  readonly sent: (bytes: number) => void;
  /** The server published it. @param id Of the upload there */
  readonly done: (id: string) => void;
  /** It does not go on. @param error An `ApiProblem` or `ApiUnreachable`, or what else went wrong */
  readonly failed: (error: unknown) => void;
};

/** A file that is sent by tus. */
export interface TusUpload {
  /** Begins, or goes on with what an earlier visit of the page sent of the same file. */
  start(): Promise<void>;
  /** Stops; what the server has it keeps. */
  pause(): Promise<void>;
  /** Stops, and lets the server forget what it has. */
  cancel(): Promise<void>;
}

/** Prepares to send a file; nothing is sent yet. */
export function createTusUpload({ filename, stage, replace }: UploadItem, file: File, listener: TusListener): TusUpload {
  const upload = new Upload(file, {
    endpoint: '/api/v1/uploads',
    fileReader: sliceReader,
    chunkSize: sliceBytes,
    retryDelays,
    removeFingerprintOnSuccess: true,
    metadata: { filename, stage, ...(replace && { replace: 'true' }) },
    // Who uploads for hours is at work, though nobody touches the page.
    onBeforeRequest: (request) => request.setHeader('odst-active', 'true'),
    onShouldRetry: (error) => isPassing(error),
    onProgress: listener.sent,
    // A HEAD that fails would begin anew, under another address, and send all again: it is tried again instead.
    onUploadUrlAvailable: () => {
      upload.options.endpoint = null;
    },
    onSuccess: () => listener.done(upload.url?.split('/').at(-1) ?? ''),
    onError: (error) => listener.failed(problemOf(error)),
  });
  return {
    async start() {
      const [previous] = upload.url === null ? await upload.findPreviousUploads() : [];
      if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
      upload.start();
    },
    pause: () => upload.abort(),
    cancel: () => upload.abort(upload.url !== null),
  };
}

/** Whether a try may help: where nobody answered, or the server was busy or stopping. Refusals stay refusals. */
function isPassing(error: Error): boolean {
  const status = statusOf(error);
  return status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
}

const statusOf = (error: unknown) => (error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0);

/** What the server said, as other requests throw it. */
function problemOf(error: unknown): unknown {
  if (!(error instanceof DetailedError)) return error;
  const status = statusOf(error);
  if (status === 0) return new ApiUnreachable('Nothing that was sent is lost: it goes on from there.', undefined, error);
  try {
    return new ApiProblem(status, JSON.parse(error.originalResponse?.getBody() ?? ''));
  } catch {
    // A proxy in between answered.
    return new ApiProblem(status, { detail: `the server answered with status ${status}` });
  }
}
