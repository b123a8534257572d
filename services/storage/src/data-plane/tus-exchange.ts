import type { IncomingHttpHeaders } from 'node:http';
import { isOdstError, OdstError } from '@odst/kernel';
import { DataStore, type Locker, Server, Upload } from '@tus/server';

/** Where uploads are. */
export const uploadsPath = '/api/v1/uploads';

/** An upload as tus sees it. */
export type TusUpload = { readonly sizeBytes: number; readonly offset: number };

/** What the one request may have done to its upload. */
export type TusActs = {
  find(): Promise<TusUpload>;
  create(sizeBytes: number): Promise<void>;
  /** Takes the body, which the protocol's library never sees. @returns where the upload stands */
  append(offset: number): Promise<number>;
  end(): Promise<void>;
};

/** One request. */
export type TusRequest = {
  readonly method: string;
  /** Of the upload, also of one that is to be made. */
  readonly uploadId: string;
  readonly headers: IncomingHttpHeaders;
};

/** Its answer, which has no body. */
export type TusAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>> };

const extensions = ['creation', 'creation-with-upload', 'checksum', 'expiration', 'termination'];

/** What the library is told of a request. Who a proxy says it was sent to is none of its business. */
const passed = ['tus-resumable', 'upload-offset', 'content-type', 'content-length'] as const;

/** What is taken of its answers: nothing of what opens them to pages of other servers. */
const taken = ['tus-resumable', 'tus-version', 'tus-extension', 'tus-max-size', 'upload-offset', 'upload-length', 'location'];

/** Requests have their turn before they come here. */
const noLocks: Locker = { newLock: () => ({ lock: async () => undefined, unlock: async () => undefined }) };

/**
 * Has a request answered by the rules of tus 1.0.0.
 * @throws OdstError what an act refused with, or the protocol
 */
export async function exchangeTus(request: TusRequest, acts: TusActs, maxUploadBytes: number): Promise<TusAnswer> {
  const { method, uploadId, headers } = request;
  let failure: { readonly error: unknown } | undefined;
  const server = new Server({
    path: uploadsPath,
    datastore: storeOf(uploadId, acts),
    relativeLocation: true,
    allowedOrigins: [],
    maxSize: maxUploadBytes,
    namingFunction: () => uploadId,
    locker: noLocks,
    onResponseError: (_request, error) => {
      failure = { error };
      return undefined;
    },
  });
  // With a PATCH the length would be one that was left open at the creation, which there is not.
  const names = method === 'POST' ? ([...passed, 'upload-length'] as const) : passed;
  const given = names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])] as const]));
  const target = method === 'POST' ? uploadsPath : `${uploadsPath}/${uploadId}`;
  const answer = await server.handleWeb(
    new Request(`http://localhost${target}`, { method, headers: new Headers(given.map(([name, value]) => [name, value])) }),
  );
  if (failure !== undefined && isOdstError(failure.error)) throw failure.error;
  if (failure?.error instanceof Error) throw failure.error;
  if (answer.status >= 400) throw refusalOf(answer.status, await answer.text());
  const kept = taken.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { status: answer.status, headers: Object.fromEntries(kept) };
}

/** The library's store over the acts. It has no bytes of its own: they go from the connection to the disk without it. */
function storeOf(uploadId: string, acts: TusActs): DataStore {
  const asUpload = ({ sizeBytes, offset }: TusUpload) => new Upload({ id: uploadId, size: sizeBytes, offset });
  return Object.assign(new DataStore(), {
    extensions,
    async create(upload: Upload): Promise<Upload> {
      await acts.create(upload.size ?? 0);
      return upload;
    },
    write: (_nothing: unknown, _id: string, offset: number) => acts.append(offset),
    getUpload: async () => asUpload(await acts.find()),
    remove: () => acts.end(),
  });
}

/** What the library itself refuses, in the words of this product. */
function refusalOf(status: number, words: string): OdstError {
  const text = words.trim();
  switch (status) {
    case 404:
      return new OdstError('STORAGE_UPLOAD_UNKNOWN', 'there is no such upload');
    case 409:
      return new OdstError('STORAGE_UPLOAD_OFFSET_WRONG', 'the upload stands elsewhere; nothing was kept');
    case 412:
      return new OdstError('STORAGE_UPLOAD_VERSION_UNSUPPORTED', text);
    case 413:
      return new OdstError(
        'STORAGE_UPLOAD_BODY_TOO_LONG',
        'the body has more bytes than are left of Upload-Length; nothing was kept',
      );
    default:
      return status >= 500 ? new OdstError('COMMON_INTERNAL', text) : new OdstError('COMMON_REQUEST_MALFORMED', text);
  }
}
