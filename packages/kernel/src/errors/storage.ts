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
