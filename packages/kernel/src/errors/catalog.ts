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
    description:
      'The package has these bytes in another stage. Promote or demote it instead: POST /api/v1/packages/{id}/promote or demote, with the stage that has them as from.',
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
  CATALOG_HEAD_REPLACED: {
    http: 412,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Replaced meanwhile',
    description:
      'The stage does not have the content any more that the upload was to replace (`replaces`): somebody replaced or deleted it meanwhile. Nothing was changed, and what the upload brought was not kept. Look at what the stage has now, which the detail names, and upload again with that as `replaces` where it is to be replaced too.',
  },
  CATALOG_HEAD_EMPTY: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Nothing in this stage',
    description: 'The package has no content in the stage that is meant. Nothing was changed.',
  },
  CATALOG_HEAD_TAKEN: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Stage has content',
    description:
      'The stage has content already. Nothing was changed. Name the SHA-256 of the revision that is to replace it, or roll back.',
  },
  CATALOG_HEAD_CONFLICTED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Stage in conflict',
    description:
      'Servers gave this stage different contents without knowing of each other. Nothing was changed. Resolve the conflict first; replacing and deleting end it too.',
  },
  CATALOG_SOURCE_AMBIGUOUS: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Which content',
    description:
      'Several lower stages have different contents. Nothing was changed. Say with `from` which one is to be promoted.',
  },
  CATALOG_STAGE_ORDER: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Wrong direction',
    description: 'Promotion goes to a higher stage, demotion to a lower one.',
  },
  CATALOG_REVISION_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown revision',
    description: 'No former content of the package is kept that matches.',
  },
  CATALOG_CONFLICT_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown conflict',
    description: 'This stage of the package is in no conflict, or not any more.',
  },
  CATALOG_RECORD_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Invalid record',
    description: 'A replicated record is malformed. Nothing of it was taken in.',
  },
  CATALOG_CHANGE_SIGNER_UNKNOWN: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Unknown signer',
    description: 'A change was signed by a server whose key is not known here yet. It is held back until its profile has come.',
  },
  CATALOG_CHANGE_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Invalid change',
    description: 'A change that a peer told is malformed, or its signature does not hold. It was not taken in.',
  },
  CATALOG_CHANGE_AHEAD: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Change from the future',
    description:
      'A change is dated more than 24 hours ahead of the clock of this server. It is held back until its time has come; look at the clock of the server that signed it.',
  },
  CATALOG_CHANGE_WRITER_UNKNOWN: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Unknown writer',
    description:
      'A change has seen one of a server that is not known here, or more than this server wrote itself. It is held back until that is known.',
  },
  CATALOG_CHANGE_UNWRITTEN: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Change that was not made',
    description:
      'A change has seen one that its server, by what it last signed of its own changes, has not made. It is held back until that server says that it has, or until a day after the time of what it has seen.',
  },
  CATALOG_CHANGE_ABOVE_CAP: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Stage above the cap',
    description:
      'A change concerns a stage above the one that is accepted from this peer. It is held back until an admin raises the cap.',
  },
  CATALOG_CHANGE_SIGNER_BLOCKED: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Blocked signer',
    description: 'A change was signed by a server that is blocked here. It is held back until an admin lifts the block.',
  },
  CATALOG_CHANGE_TOO_MANY: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Too many changes of one server',
    description:
      'A server has more changes beside each other than any honest one would: the latest eight of a stage count. The others are held back.',
  },
} as const satisfies Record<string, ErrorRow>;
