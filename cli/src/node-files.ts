import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Credential } from '@odst/api-client';
import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { DetailedError, Upload } from 'tus-js-client';
import type { Files, LocalFile, OnBytes, Sending } from './files.ts';
import { Fault } from './status.ts';

/** Files of this process. */
export const nodeFiles: Files = {
  async describe(path) {
    const file = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (!file.isFile()) throw new Fault('failed', `${path} is no file`);
    return { path: resolve(path), name: basename(resolve(path)).normalize('NFC'), sizeBytes: file.size };
  },
  async sha256({ path }, onBytes, signal) {
    const hash = createHash('sha256');
    let doneBytes = 0;
    try {
      for await (const piece of createReadStream(path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>) {
        hash.update(piece);
        doneBytes += piece.length;
        onBytes(doneBytes);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw unreadable(path, error);
    }
    return hash.digest('hex');
  },
  send,
  save,
};

/** Between tries of an upload that a cut ended, in milliseconds; counted anew whenever bytes arrived. */
const retryDelays = [500, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000, 60_000];

/** What may be over at the next try. Not 507: a full disk does not empty itself. */
const mayPass = (status: number) =>
  status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);

async function send(sending: Sending): Promise<string> {
  const { baseUrl: base, credential, file, metadata, replaces, uploadUrl, onUrl, onBytes, signal } = sending;
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  // The client opens the file itself, by the path of a stream.
  const stream = createReadStream(file.path).destroy();
  const upload = new Upload(stream as never, {
    ...(uploadUrl === undefined ? { endpoint: `${base}/api/v1/uploads` } : { endpoint: null, uploadUrl }),
    metadata: { ...metadata },
    headers: { authorization: authorizationOf(credential) },
    retryDelays,
    storeFingerprintForResuming: false,
    onBeforeRequest(request) {
      // A login goes to the server that it is of, whatever that answers.
      if (new URL(request.getURL()).origin !== new URL(base).origin) throw new Error(`${base} sends the upload elsewhere`);
      if (replaces !== undefined && request.getMethod() === 'PATCH') request.setHeader('odst-replaces', replaces);
    },
    onShouldRetry: ({ originalResponse }) => mayPass(originalResponse?.getStatus() ?? 0),
    onUploadUrlAvailable() {
      // With an endpoint the client would begin anew when a look at the upload fails, as while a server restarts.
      upload.options.endpoint = null;
      onUrl(upload.url ?? '');
    },
    onProgress: (sentBytes) => onBytes(sentBytes),
    onSuccess: () => done(),
    onError: (error) => reject(faultOf(error, base)),
  });
  const onAbort = (): void => {
    upload.abort().then(() => reject(signal.reason), reject);
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    upload.start();
    await promise;
    return upload.url ?? '';
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function authorizationOf(credential: Credential): string {
  if ('token' in credential) return `Bearer ${credential.token}`;
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

function faultOf(error: Error, base: string): Error {
  if (!(error instanceof DetailedError)) return error;
  const { originalResponse: answer, causingError } = error;
  if (answer === null) {
    const { message, code } = (causingError ?? error) as NodeJS.ErrnoException;
    return new ApiUnreachable(`${base} cannot be reached: ${message || code}`, code, error);
  }
  try {
    return new ApiProblem(answer.getStatus(), JSON.parse(answer.getBody()));
  } catch {
    // HEAD has no body, and something in between writes what it likes.
    return new ApiProblem(answer.getStatus(), {});
  }
}

async function save(
  path: string,
  bytes: ReadableStream<Uint8Array>,
  onBytes: OnBytes,
  isRight: (sha256: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  const hash = createHash('sha256');
  let doneBytes = 0;
  const count = new Transform({
    transform(piece: Uint8Array, _encoding, passed) {
      hash.update(piece);
      doneBytes += piece.length;
      onBytes(doneBytes);
      passed(null, piece);
    },
  });
  try {
    await pipeline(Readable.fromWeb(bytes as never), count, createWriteStream(part, { flags: 'wx', flush: true }), { signal });
    if (!isRight(hash.digest('hex')))
      throw new Fault('failed', 'what came is not what the server said; nothing was kept. Try again');
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    signal.throwIfAborted();
    if (error instanceof Fault) throw error;
    throw new Fault('failed', `${path} was not written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unreadable(path: LocalFile['path'], error: unknown): Fault {
  const { code } = error as NodeJS.ErrnoException;
  return new Fault('failed', code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`);
}
