import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Problem } from '../problem.ts';
import { Count, Flag, Nothing, OrNull, Page, Sha1, Sha256, SmallId, Stage, Time } from '../shapes.ts';

// tus 1.0.0 (https://tus.io/protocols/resumable-upload), and what pages ask besides. Storage serves them itself.

const url = '/api/v1/uploads';
const one = `${url}/:id`;
const access = { action: 'packages:upload', role: 'uploader' } as const;
const params = Type.Object({
  id: Type.String({
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    description: 'Id of the upload: the end of its Location',
  }),
});
const ofOne = { tag: 'Uploads', access, params, unknown: 'STORAGE_UPLOAD_UNKNOWN' } as const;

/** Clients of tus repeat 409 and 423, and what these say is for good. */
const statuses = { CATALOG_FILENAME_TAKEN: 422, CATALOG_STAGE_DIFFERS: 422, CATALOG_CONTENT_CHANGED: 422 } as const;
const refusals = [
  'CATALOG_FILENAME_INVALID',
  'CATALOG_FILENAME_TAKEN',
  'CATALOG_STAGE_DIFFERS',
  'CATALOG_CONTENT_CHANGED',
  'CATALOG_HEAD_REPLACED',
  'CATALOG_STAGE_UNKNOWN',
  'COMMON_EVENT_TOO_LARGE',
  'COMMON_REQUEST_INVALID',
  'STORAGE_UPLOAD_DIGEST_MISMATCH',
  'STORAGE_UPLOAD_SIDE_FILE',
  'STORAGE_UPLOAD_TRUNCATED',
] as const;
const ended = ['STORAGE_UPLOAD_EXPIRED', 'STORAGE_UPLOAD_TERMINATED'] as const;
const ofTus = ['STORAGE_UPLOAD_VERSION_UNSUPPORTED'] as const;
const ofBytes = [
  'STORAGE_UPLOAD_CHECKSUM_MISMATCH',
  'STORAGE_UPLOAD_BODY_TOO_LONG',
  'STORAGE_UPLOADS_BUSY',
  'STORAGE_DISK_FULL',
] as const;

const resumable = Type.String({ description: '`1.0.0`' });
const bytesHeaders = {
  'upload-checksum': Type.String({
    description: '`sha1` or `sha256`, a space, and the digest of the body in Base64; another is refused with 460',
    examples: ['sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek='],
  }),
  'content-digest': Type.String({ description: 'RFC 9530, `sha-256` of the body; another is refused with 422' }),
};
const versionHeader = { 'tus-resumable': '`1.0.0`' };
const offsetHeaders = {
  'upload-offset': 'Where the upload stands; its full length only once it is a package',
  'upload-expires': 'When it ends, unless more comes before; left out once it is complete',
};

const Upload = Type.Object(
  {
    id: Type.String({ description: 'UUID' }),
    owner: Type.String({ description: 'The account that began it; nobody else may go on with it' }),
    filename: Type.String(),
    stage: Stage,
    replace: Type.Boolean({ description: 'Whether other bytes of the name are to be replaced' }),
    replaces: OrNull(Type.String(), 'SHA-256 of what the stage is to have then, or `nothing`; null for whatever it has'),
    sizeBytes: Count('Bytes of the whole file'),
    offsetBytes: Count('Bytes that are here and survive a crash'),
    state: Type.Enum(['receiving', 'verifying', 'published', 'refused'], {
      description: '`verifying`: all bytes are here, and it is not a package yet. `refused`: also given up, and expired',
    }),
    outcome: OrNull(Type.Enum(['created', 'replaced', 'unchanged']), 'What it made of the package of its name; null before'),
    packageId: OrNull(SmallId, 'The package; null before it is published'),
    sha256: OrNull(Sha256, 'Of the whole file; null before all of it is here'),
    sha1: OrNull(Sha1),
    metadata: Type.String({ description: '`Upload-Metadata` as it came: what clients note there, they find again' }),
    createdAt: Time,
    lastByteAt: Type.String({
      format: 'date-time',
      description: 'When the last of its bytes became durable; `createdAt` before the first',
    }),
    expiresAt: OrNull(Time, 'When it ends, unless more comes before; null once all is here'),
    refusal: OrNull(Problem, 'Why it was refused; null otherwise'),
  },
  { title: 'ResumableUpload' },
);

/** `POST /api/v1/uploads` */
export const createUpload = {
  method: 'POST',
  url,
  id: 'createUpload',
  tag: 'Uploads',
  summary: 'Begin a resumable upload',
  description:
    'tus 1.0.0: creation, creation-with-upload, checksum, expiration. `Upload-Metadata` has `filename` and `stage`, and optionally ' +
    '`replace`, `replaces` and `sha256` (hex), each in Base64; others are kept and mean nothing. `replaces` is the SHA-256 of what the ' +
    'stage has and is to be replaced, or `nothing`: when the upload would become a package and the stage has something else by then, it ' +
    'is refused with 412. All that can be refused before the bytes is: with `sha256` also a name that other bytes have.',
  access,
  consumes: 'application/offset+octet-stream',
  rawBody: true,
  body: Type.Unsafe<unknown>({ type: 'string', format: 'binary', description: 'The first bytes, or none' }),
  headers: {
    'tus-resumable': resumable,
    'upload-length': Type.String({ description: 'Bytes of the whole file' }),
    'upload-metadata': Type.String({ examples: ['filename Tm9NQUQucGtn,stage UHJvZA=='] }),
    'repr-digest': Type.String({ description: 'RFC 9530, `sha-256` of the whole file; as `sha256` in the metadata' }),
    ...bytesHeaders,
  },
  answers: { 201: Nothing('Begun; with the last byte in it: it is a package') },
  answerHeaders: { ...versionHeader, location: 'Relative: `/api/v1/uploads/<id>`', ...offsetHeaders },
  errors: [
    ...ofTus,
    ...refusals,
    ...ofBytes,
    'STORAGE_UPLOAD_FILE_MISSING',
    'STORAGE_UPLOAD_STAGE_MISSING',
    'STORAGE_UPLOAD_EMPTY',
    'STORAGE_UPLOAD_TOO_LARGE',
    'STORAGE_UPLOADS_UNFINISHED',
  ],
  statuses,
} as const satisfies Operation;

/** `PATCH /api/v1/uploads/{id}` */
export const appendToUpload = {
  ...ofOne,
  method: 'PATCH',
  url: one,
  id: 'appendToUpload',
  summary: 'Go on with a resumable upload',
  description:
    'Answers once what came is durable; with the last byte, once the upload is a package. Where the catalogue has not decided, the ' +
    'answer is 503, HEAD says one byte less than all, and that byte once more has the end tried again.',
  consumes: 'application/offset+octet-stream',
  rawBody: true,
  body: Type.Unsafe<unknown>({ type: 'string', format: 'binary', description: 'What comes next' }),
  headers: {
    'tus-resumable': resumable,
    'upload-offset': Type.String({ description: 'Where the body begins' }),
    'odst-replaces': Type.String({
      description:
        'From now on as `replaces` in the metadata, where somebody has seen meanwhile what the stage has, and means that',
    }),
    ...bytesHeaders,
  },
  answers: { 204: Nothing('The bytes are durable') },
  answerHeaders: { ...versionHeader, ...offsetHeaders },
  errors: [...ofTus, ...refusals, ...ofBytes, ...ended, 'STORAGE_UPLOAD_OFFSET_WRONG'],
  statuses,
} as const satisfies Operation;

/** `HEAD /api/v1/uploads/{id}` */
export const readUploadOffset = {
  ...ofOne,
  method: 'HEAD',
  url: one,
  id: 'readUploadOffset',
  summary: 'Where a resumable upload stands',
  description: 'Ends a request that is under way for the upload: who asks lost its connection.',
  headers: { 'tus-resumable': resumable },
  answers: { 200: Nothing('In the headers') },
  answerHeaders: {
    ...versionHeader,
    ...offsetHeaders,
    'upload-length': 'Bytes of the whole file',
    'upload-metadata': 'As it came',
    'cache-control': '`no-store`',
  },
  errors: [...ofTus, ...refusals, ...ended],
  statuses,
} as const satisfies Operation;

/** `DELETE /api/v1/uploads/{id}` */
export const endUpload = {
  ...ofOne,
  method: 'DELETE',
  url: one,
  id: 'endUpload',
  summary: 'Give up a resumable upload',
  description: 'tus 1.0.0: termination. Admins end those of others too.',
  headers: { 'tus-resumable': resumable },
  answers: { 204: Nothing('It is ended, and its bytes are gone') },
  answerHeaders: versionHeader,
  errors: [...ofTus, 'STORAGE_UPLOAD_FINISHED', 'COMMON_COMMAND_CONFLICT'],
} as const satisfies Operation;

/** `GET /api/v1/uploads/{id}` */
export const readUpload = {
  ...ofOne,
  method: 'GET',
  url: one,
  id: 'readUpload',
  summary: 'A resumable upload',
  answers: { 200: Upload },
} as const satisfies Operation;

/** `GET /api/v1/uploads` */
export const listUploads = {
  method: 'GET',
  url,
  id: 'listUploads',
  tag: 'Uploads',
  summary: 'Resumable uploads, newest first',
  description: "Unfinished ones, and those that ended in the last seven days: one's own; admins see those of all.",
  access,
  query: Type.Object(
    {
      after: Type.Optional(
        Type.String({
          pattern: '^\\d{1,15}\\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
          description: '`next` of the page before',
        }),
      ),
      limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Most rows of a page' }),
      unfinished: Flag('Only those that have not come to their end'),
      own: Flag("Only one's own, for admins too"),
    },
    { additionalProperties: false },
  ),
  answers: { 200: Page(Upload) },
} as const satisfies Operation;

const described = {
  method: 'OPTIONS',
  tag: 'Uploads',
  summary: 'What this server knows of tus',
  access: 'open',
  answers: { 204: Nothing('In the headers') },
  answerHeaders: {
    ...versionHeader,
    'tus-version': '`1.0.0`',
    'tus-extension': 'The extensions',
    'tus-max-size': 'Largest file in bytes',
    'tus-checksum-algorithm': '`sha1,sha256`',
    allow: 'The methods',
  },
} as const;

/** `OPTIONS /api/v1/uploads` and `OPTIONS /api/v1/uploads/{id}` */
export const describeUploads = [
  { ...described, url, id: 'describeUploads' },
  { ...described, url: one, id: 'describeUpload', params, unknown: 'STORAGE_UPLOAD_UNKNOWN' },
] as const satisfies readonly Operation[];
