import type { ErrorRow } from './error-row.ts';

/** Errors of the storage service. */
export const storageErrors = {
  STORAGE_UPLOAD_TRUNCATED: {
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    retryable: true,
    title: 'Upload ended early',
    description: 'The body ended before it was complete. Nothing was kept; upload again.',
  },
  STORAGE_UPLOAD_FILE_MISSING: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'No file',
    description: 'The form has no part named file, or that part has no file name: it was sent as a field.',
  },
  STORAGE_UPLOAD_STAGE_MISSING: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'No stage',
    description: 'The form has no part named stage.',
  },
  STORAGE_UPLOAD_TOO_LARGE: {
    http: 413,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: false,
    title: 'File too large',
    description: 'The file exceeds ODST_MAX_UPLOAD_BYTES. Nothing was kept.',
  },
  STORAGE_UPLOAD_EMPTY: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Empty file',
    description: 'The file has no bytes. Nothing was kept.',
  },
  STORAGE_UPLOAD_SIDE_FILE: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: "A Mac's side file",
    description:
      'The file holds what a Mac keeps beside another file (AppleDouble, most often named `._…`), and no package. Nothing was kept; upload the file whose name it has behind `._`.',
  },
  STORAGE_UPLOAD_DIGEST_MISMATCH: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Other bytes than announced',
    description:
      'The bytes that came do not have the SHA-256 that the request gives (`sha256`, Repr-Digest or Content-Digest): they were changed on their way, or the digest is of another file. Nothing was kept. Make the digest anew and upload again.',
  },
  STORAGE_UPLOAD_CHECKSUM_MISMATCH: {
    http: 460,
    grpc: 'DATA_LOSS',
    retryable: true,
    title: 'Checksum mismatch',
    description:
      'The bytes of this request do not match its Upload-Checksum: they were changed on their way. They were dropped, and the upload stands where it stood before: send them again.',
  },
  STORAGE_UPLOAD_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown upload',
    description: 'There is no such upload, or it is of another account, or it ended more than a week ago.',
  },
  STORAGE_UPLOAD_OFFSET_WRONG: {
    http: 409,
    grpc: 'ABORTED',
    retryable: true,
    title: 'Upload stands elsewhere',
    description:
      'Upload-Offset is not where the upload stands. Nothing of the request was kept. Ask for the offset by HEAD and go on from there.',
  },
  STORAGE_UPLOAD_BODY_TOO_LONG: {
    http: 413,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: false,
    title: 'More bytes than announced',
    description:
      'The body has more bytes than are left of Upload-Length. What went before stands; send no more than what is left.',
  },
  STORAGE_UPLOAD_EXPIRED: {
    http: 410,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Upload expired',
    description:
      'Nothing came for longer than ODST_UPLOAD_EXPIRY_HOURS, so the upload ended and its bytes were removed. Begin a new one.',
  },
  STORAGE_UPLOAD_TERMINATED: {
    http: 410,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Upload given up',
    description: 'The upload was ended by DELETE, or its first request failed, and its bytes were removed. Begin a new one.',
  },
  STORAGE_UPLOAD_FINISHED: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Upload is finished',
    description: 'All bytes have come, so there is nothing to give up. Delete the package instead, where it is not wanted.',
  },
  STORAGE_UPLOAD_VERSION_UNSUPPORTED: {
    http: 412,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Other version of tus',
    description: 'Resumable uploads take tus 1.0.0: send `Tus-Resumable: 1.0.0` with each request.',
  },
  STORAGE_UPLOADS_UNFINISHED: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Too many unfinished uploads',
    description:
      'The account has as many unfinished uploads as one may have. Finish some, or end them by DELETE; GET /api/v1/uploads lists them.',
  },
  STORAGE_UPLOADS_BUSY: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retryable: true,
    title: 'Too many uploads at once',
    description:
      'The server reads as many uploads at once as it has memory for. Nothing of this one was read; upload again after the time in Retry-After.',
  },
  STORAGE_DISK_FULL: {
    http: 507,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: true,
    title: 'No room',
    description:
      'The volume of the packages has not enough room above what ODST_DISK_RESERVE_BYTES keeps free; the detail has the figures. Nothing was kept and nothing was lost. Free space, or start the server with a lower reserve, and repeat; a transfer from a peer goes on by itself.',
  },
  STORAGE_BLOB_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown content',
    description: 'This server holds no verified copy of that content.',
  },
  STORAGE_DOWNLOAD_PENDING: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retryable: true,
    usual: true,
    title: 'Package is on its way',
    description:
      'The package is being fetched from another server, and none of its content is here in full yet. Nothing is wrong: ask again after the seconds that Retry-After names.',
  },
  STORAGE_MANIFEST_PENDING: {
    http: 409,
    grpc: 'ABORTED',
    retryable: true,
    title: 'Chunk lists are being made',
    description:
      'The content was uploaded a moment ago, and the lists of its chunks are still being made. It can be downloaded meanwhile; ask for the lists again in some seconds.',
  },
  STORAGE_BLOB_CORRUPT: {
    http: 503,
    grpc: 'DATA_LOSS',
    retryable: true,
    title: 'Content damaged or lost',
    description:
      'The stored bytes do not match their digest, or their file is gone. They are not served. To bring them back, upload the same file again, or restore the folder of the packages from a backup.',
  },
  STORAGE_RANGE_UNSATISFIABLE: {
    http: 416,
    grpc: 'OUT_OF_RANGE',
    retryable: false,
    title: 'Range not satisfiable',
    description: 'The range lies beyond the end; Content-Range names the size.',
  },
  STORAGE_PRECONDITION_FAILED: {
    http: 412,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Precondition failed',
    description:
      'The content is not the one that If-Match or If-Unmodified-Since asks for. Ask again without, or with the present ETag.',
  },
  STORAGE_GRANT_INVALID: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    retryable: true,
    title: 'Invalid grant',
    description: 'The grant for these bytes is missing, expired or for other content. Ask for the manifest again.',
  },
  STORAGE_CHUNK_CORRUPT: {
    http: 502,
    grpc: 'DATA_LOSS',
    retryable: true,
    title: 'Wrong bytes from a peer',
    description: 'A peer sent bytes that do not match the manifest. They were refused and are fetched again.',
  },
  STORAGE_MANIFEST_INVALID: {
    http: 502,
    grpc: 'DATA_LOSS',
    retryable: true,
    title: 'Wrong manifest from a peer',
    description: 'A manifest does not match the digest that the origin signed. It was refused.',
  },
  STORAGE_PEER_FAILED: {
    http: 502,
    grpc: 'UNAVAILABLE',
    retryable: true,
    title: 'Transfer from a peer failed',
    description: 'The peer was out of reach or answered with an error. What was verified is kept; the transfer goes on later.',
  },
} as const satisfies Record<string, ErrorRow>;
