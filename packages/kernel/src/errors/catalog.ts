import type { ErrorRow } from './error-row.ts';

/** Errors of the catalog service. */
export const catalogErrors = {
  CATALOG_FILENAME_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'File name not allowed',
    description:
      'Names are 1 to 255 bytes of UTF-8, without path parts, and end in an allowed extension. Characters that nobody sees or can tell apart are refused: controls, spaces other than U+0020, zero-width and bidirectional marks, U+FFFD, private use; the detail names the first one and its position.',
  },
  CATALOG_STAGE_UNKNOWN: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Unknown stage',
    description: 'The stages are Dev, Test and Prod.',
  },
  CATALOG_FILENAME_TAKEN: {
    http: 409,
    grpc: 'ALREADY_EXISTS',
    retryable: false,
    title: 'Name taken by other content',
    description: 'A package of this name has other bytes. Nothing was changed. Send replace=true to make a new revision.',
  },
  CATALOG_STAGE_DIFFERS: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Same content, other stage',
    description: 'The package exists with these bytes in another stage. Use PATCH /api/v1/packages/{id} to change the stage.',
  },
  CATALOG_PACKAGE_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown package',
    description: 'No package has this id or name.',
  },
  CATALOG_CONTENT_CHANGED: {
    http: 409,
    grpc: 'ABORTED',
    retryable: false,
    title: 'Content changed',
    description: 'The package has other content than the one named in the request. Look at it again first.',
  },
  CATALOG_RECORD_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Invalid record',
    description: 'A replicated record is malformed or its signature does not hold. It was not applied.',
  },
  CATALOG_RECORD_SIGNER_UNKNOWN: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Unknown signer',
    description: 'A replicated record was signed by a server whose key is not known here yet. It is offered again.',
  },
} as const satisfies Record<string, ErrorRow>;
