import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Bytes, Count, Iss, Nothing, OrNull, Sha1, Sha256, Stage } from '../shapes.ts';
import { waitFor } from '../wait-for.ts';

// The byte routes: storage serves them itself, on the gateway's listener or on one of its own.

const howTo = 'an upload is a form, sent by POST: curl -u admin -F stage=Prod -F file=@Installer.pkg {server}/api/admin/upload';

const Spread = Type.Object(
  {
    complete: Type.Boolean({ description: 'Whether those that were waited for hold it, by what they said, signed' }),
    held: Count('Servers that hold it'),
    of: Count('Servers that are to hold it'),
    missing: Type.Array(Type.Object({ iss: Iss, name: Type.String(), state: Type.String(), reason: OrNull(Type.String()) }), {
      description: 'Those that were waited for and do not hold it, as `GET /api/v1/packages/{id}/coverage` tells them',
    }),
    reason: OrNull(Type.String(), 'Why it could not be waited for; null where it was. The upload is done all the same'),
  },
  { title: 'Spread', description: 'Only where `wait` was asked for' },
);

const uploadFile = {
  method: 'POST',
  url: '/api/admin/upload',
  id: 'uploadPackage',
  tag: 'Admin API',
  summary: 'Upload a package',
  description:
    'Answers once the bytes are durable. The same bytes under the same name and stage again: the same answer, nothing is stored twice. ' +
    'The parts may come in any order; with `stage` before `file` a right that is limited to stages is looked at before the bytes come. ' +
    'With `wait` it answers when those that are named hold it; when the time ends before, it answers 201 all the same, since the upload is done.',
  access: { action: 'packages:upload', role: 'uploader' },
  query: Type.Object(
    {
      wait: Type.Optional(waitFor),
      waitSeconds: Type.Integer({ minimum: 0, maximum: 600, default: 600, description: 'How long `wait` waits at most' }),
    },
    { additionalProperties: false },
  ),
  consumes: 'multipart/form-data',
  rawBody: true,
  headers: {
    'content-digest': Type.String({ description: 'RFC 9530, `sha-256` of the form; the file has `sha256`' }),
    'repr-digest': Type.String({ description: 'The same' }),
  },
  body: Type.Object(
    {
      stage: Stage,
      replace: Type.Optional(
        Type.Enum(['true', 'false'], {
          description:
            '`true` makes other bytes under a taken name a new revision. Also `t`, `1`, `yes`, `y`, `on`, and `f`, `0`, `no`, `n`, `off`, in any case',
        }),
      ),
      replaces: Type.Optional(
        Type.String({
          pattern: '^([0-9a-fA-F]{64}|nothing)$',
          description:
            'SHA-256 of what the stage has and is to be replaced, or `nothing`; with something else there it is refused with 412. `replace` is not needed then',
        }),
      ),
      sha256: Type.Optional(
        Type.String({
          pattern: '^[0-9a-fA-F]{64}$',
          description: 'What the file is to be, 64 hex digits in any case; other bytes are refused',
        }),
      ),
      file: Type.Unsafe<unknown>({
        type: 'string',
        format: 'binary',
        description: 'The file, with its name: pkg, mpkg, dmg or zip unless the server is set otherwise',
      }),
    },
    { title: 'Upload' },
  ),
  howTo,
  answers: {
    201: Type.Object(
      {
        filename: Type.String(),
        sha1: Sha1,
        sha256: Sha256,
        outcome: Type.Enum(['created', 'replaced', 'unchanged'], {
          description: 'What the upload made of the package of its name',
        }),
        spread: Type.Optional(Spread),
      },
      { title: 'Uploaded' },
    ),
  },
  errors: [
    'STORAGE_UPLOAD_TRUNCATED',
    'STORAGE_UPLOAD_FILE_MISSING',
    'STORAGE_UPLOAD_STAGE_MISSING',
    'STORAGE_UPLOAD_TOO_LARGE',
    'STORAGE_UPLOAD_EMPTY',
    'STORAGE_UPLOAD_SIDE_FILE',
    'STORAGE_UPLOAD_DIGEST_MISMATCH',
    'STORAGE_UPLOADS_BUSY',
    'STORAGE_DISK_FULL',
    'CATALOG_FILENAME_INVALID',
    'CATALOG_STAGE_UNKNOWN',
    'CATALOG_FILENAME_TAKEN',
    'CATALOG_STAGE_DIFFERS',
    'CATALOG_HEAD_REPLACED',
    'COMMON_EVENT_TOO_LARGE',
  ],
} as const satisfies Operation;

/** `POST /api/admin/upload` and `POST /api/admin/packages`, which mean the same. */
export const uploadPackage = [
  uploadFile,
  { ...uploadFile, url: '/api/admin/packages', id: 'uploadPackageByOldPath' },
] as const satisfies readonly Operation[];

const rangeHeaders = {
  range: Type.String({
    description: 'A single range of bytes (RFC 9110 §14); several at once are answered with the whole',
    examples: ['bytes=0-1048575'],
  }),
  'if-range': Type.String({ description: 'The range only of this very ETag or Last-Modified, else the whole' }),
  'if-match': Type.String({ description: 'Strong comparison, a list or `*`' }),
  'if-none-match': Type.String({ description: 'Weak comparison, a list or `*`' }),
  'if-modified-since': Type.String({ description: '304 for the very date that was given out with the content, for no other' }),
  'if-unmodified-since': Type.String(),
  'want-repr-digest': Type.String({ description: 'RFC 9530; `sha-256` and `sha` are known', examples: ['sha-256=10'] }),
  'want-digest': Type.String({ description: 'RFC 3230; `SHA-256` and `SHA` are known', examples: ['SHA-256;q=1, SHA;q=0.5'] }),
};
const served = (...contentTypes: readonly string[]) => ({
  200: Bytes('All bytes', contentTypes),
  206: Bytes('The range that was asked for', contentTypes),
  304: Nothing('The client has them'),
});
const servedErrors = ['STORAGE_PRECONDITION_FAILED', 'STORAGE_RANGE_UNSATISFIABLE', 'STORAGE_BLOB_CORRUPT'] as const;
const servedHeaders = {
  etag: 'Strong: `"sha256-<hex>"`',
  'accept-ranges': '`bytes`',
  'content-range': 'With 206',
  'repr-digest': 'SHA-256 of the whole (RFC 9530), also with a part of it',
  digest: 'The same by RFC 3230, where Want-Digest asks for it',
};

const download = {
  method: 'GET',
  tag: 'Downloads',
  summary: 'The verified bytes of a package',
  description:
    'Also by HEAD. Single ranges, preconditions, digests. While newer bytes of the name are on their way, those that were verified ' +
    'last are served; where there are none, the answer is 503 with `Retry-After`.',
  access: 'open',
  params: Type.Object({ '*': Type.String({ description: 'File name of the package', examples: ['NoMAD.pkg'] }) }),
  unknown: 'CATALOG_PACKAGE_UNKNOWN',
  howTo,
  headers: rangeHeaders,
  answerHeaders: {
    ...servedHeaders,
    'last-modified': 'When the content came to stand under the name, the same on every server; left out while it lies ahead',
    'content-disposition': 'With the file name',
  },
  answers: served('application/octet-stream', 'application/x-apple-diskimage', 'application/zip'),
  errors: [
    ...servedErrors,
    'STORAGE_DOWNLOAD_PENDING',
    'COMMON_SERVICE_UNAVAILABLE',
    'COMMON_DEADLINE_EXCEEDED',
    'COMMON_DATABASE_UNAVAILABLE',
  ],
} as const;

/** `GET /share/{filename}` and `GET /Packages/{filename}`, which mean the same. */
export const downloadPackage = [
  { ...download, url: '/share/*', id: 'downloadShared' },
  { ...download, url: '/Packages/*', id: 'downloadPackage' },
] as const satisfies readonly Operation[];

const blob = { params: Type.Object({ sha256: Sha256 }), unknown: 'STORAGE_BLOB_UNKNOWN', tag: 'Federation' } as const;

/** `GET /api/ods/v1/blobs/{sha256}/manifest` */
export const readManifest = {
  ...blob,
  method: 'GET',
  url: '/api/ods/v1/blobs/:sha256/manifest',
  id: 'readManifest',
  summary: 'The manifest of a content, and a grant for its bytes',
  access: 'peer',
  answers: { 200: Bytes('Size, digests and chunk lists in canonical bytes') },
  answerHeaders: { 'odst-grant': 'Good for the bytes of this content, for ten minutes' },
  errors: ['STORAGE_MANIFEST_PENDING', 'STORAGE_BLOB_CORRUPT'],
} as const satisfies Operation;

/** `GET /api/ods/v1/blobs/{sha256}` */
export const readBlob = {
  ...blob,
  method: 'GET',
  url: '/api/ods/v1/blobs/:sha256',
  id: 'readBlob',
  summary: 'The bytes of a content',
  access: 'grant',
  quiet: true,
  headers: rangeHeaders,
  answers: served('application/octet-stream'),
  answerHeaders: { ...servedHeaders, 'content-digest': 'SHA-256 of a range that is exactly one chunk' },
  errors: [...servedErrors, 'STORAGE_BLOB_UNKNOWN', 'STORAGE_MANIFEST_PENDING'],
} as const satisfies Operation;
