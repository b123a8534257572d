import type { ErrorRow } from './error-row.ts';

/** Errors of every service. */
export const commonErrors = {
  COMMON_REQUEST_MALFORMED: {
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Malformed request',
    description:
      'The request could not be parsed: a path that is not percent-encoded UTF-8, broken JSON, a broken form or a missing header; the detail says which. Nothing was changed; correct the request.',
  },
  COMMON_REQUEST_INVALID: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Invalid value',
    description: 'A field is missing or has a value that is not allowed; `errors` names each. Nothing was changed.',
  },
  COMMON_CONTENT_TYPE_UNSUPPORTED: {
    http: 415,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Unsupported content type',
    description: 'The route takes another Content-Type, named in the detail.',
  },
  COMMON_CONTENT_ENCODING_UNSUPPORTED: {
    http: 415,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Unsupported encoding',
    description:
      'The body, or a part of a form, is compressed or otherwise encoded (`Content-Encoding`, `Transfer-Encoding`, `Content-Transfer-Encoding`). Nothing was kept; send its bytes as they are.',
  },
  COMMON_CONTENT_TOO_LARGE: {
    http: 413,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: false,
    title: 'Content too large',
    description: 'The body exceeds the limit named in the detail. Nothing was kept.',
  },
  COMMON_HEADERS_TOO_LARGE: {
    http: 431,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: false,
    title: 'Request header fields too large',
    description: 'Path and headers of a request have at most 16 KiB together. Send fewer or shorter ones.',
  },
  COMMON_ROUTE_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Not found',
    description: 'No such route.',
  },
  COMMON_METHOD_NOT_ALLOWED: {
    http: 405,
    grpc: 'UNIMPLEMENTED',
    retryable: false,
    title: 'Method not allowed',
    description: 'The route exists with the methods in the Allow header.',
  },
  COMMON_METHOD_UNKNOWN: {
    http: 501,
    grpc: 'UNIMPLEMENTED',
    retryable: false,
    title: 'Unknown method',
    description:
      'No route takes such a method, or the request is one for a proxy (CONNECT), which this server is not. Nothing was changed.',
  },
  COMMON_LOGIN_REQUIRED: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    retryable: false,
    title: 'Login required',
    description: 'Send HTTP Basic credentials of an account.',
  },
  COMMON_ORIGIN_REFUSED: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    title: 'Request of another page',
    description:
      "A browser sent what it had by itself, the session's cookie or a password that was typed into its own dialog, with a request that a page of another server made. Scripts log in with an API token instead of a cookie.",
  },
  COMMON_ACCESS_DENIED: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    retryable: false,
    title: 'Access denied',
    description: 'The caller is known but has not the right, or not for this stage; the detail says which.',
  },
  COMMON_SERVICE_UNAVAILABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retryable: true,
    title: 'Service unavailable',
    description: 'A part of the server is starting, stopping or out of reach. Nothing was lost; try again.',
  },
  COMMON_DEADLINE_EXCEEDED: {
    http: 504,
    grpc: 'DEADLINE_EXCEEDED',
    retryable: true,
    title: 'Timed out',
    description: 'An inner call took too long. The change may have happened: repeat the same request, it is safe.',
  },
  COMMON_INTERNAL: {
    http: 500,
    grpc: 'INTERNAL',
    retryable: false,
    title: 'Internal error',
    description: 'A defect. The log of the server has the details under the traceid.',
  },
  COMMON_COMMAND_CONFLICT: {
    http: 409,
    grpc: 'ABORTED',
    retryable: true,
    title: 'Changed meanwhile',
    description: 'Somebody changed the same thing at the same time. Read it again and repeat.',
  },
  COMMON_PRECONDITION_FAILED: {
    http: 412,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Changed since it was read',
    description: 'If-Match names another version than the present one. Nothing was changed: read it again, decide again.',
  },
  COMMON_IDEMPOTENCY_KEY_REUSED: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    retryable: false,
    title: 'Idempotency-Key of another request',
    description:
      'The same caller sent this Idempotency-Key with another request within a day. Nothing was done: take a new key for each request, and the same one to send a request again.',
  },
  COMMON_IDEMPOTENCY_KEY_BUSY: {
    http: 409,
    grpc: 'ABORTED',
    retryable: true,
    title: 'Request is under way',
    description:
      'The first request with this Idempotency-Key has no answer yet. Nothing was done a second time: send it again after Retry-After, and get the first answer. Where the first one broke off, as at a crash, it is carried out anew after two minutes.',
  },
  COMMON_IDEMPOTENCY_ANSWER_GONE: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Answer is not kept',
    description:
      'The request with this Idempotency-Key was answered, but the answer was too long to be kept, or the key that it was encrypted with is gone. It was not done a second time: read what it was to change.',
  },
  COMMON_SETTING_INVALID: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Invalid setting',
    description:
      'A setting of the environment or of ODS_CONF is wrong; the message names the variable, its fault and an example. The server does not start.',
  },
  COMMON_DATA_DIR_IN_USE: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Data directory in use',
    description: 'Another server runs on the same data directory. Stop it, or choose another ODST_DATA_DIR.',
  },
  COMMON_DATABASE_UNAVAILABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    retryable: true,
    title: 'Database unavailable',
    description:
      'PostgreSQL or EventStoreDB could not be started or reached, or did not answer. Nothing was lost; the server goes on when it is back. Where the detail says that the change may have taken place, repeat the request with the same Idempotency-Key: it takes place once.',
  },
  COMMON_MIGRATION_REFUSED: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Database does not fit this version',
    description:
      'A newer version of the server has changed the database, or a migration that ran was edited; the message names it. Nothing was changed; the server does not start.',
  },
  COMMON_EVENT_LOG_MISMATCH: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Events and database do not belong together',
    description:
      'EVENTSTORE_URL, EVENTSTORE_STREAM_PREFIX and DATABASE_URL name an event log and a database that do not fit: one is of another server, or was restored without the other. Nothing was changed; the message says what to set back or restore.',
  },
  COMMON_EVENT_UNKNOWN: {
    http: 500,
    grpc: 'INTERNAL',
    retryable: false,
    title: 'Unknown event',
    description: 'A stored event is of a type this version does not know. Start the newer version that wrote it.',
  },
  COMMON_EVENT_TOO_LARGE: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Event too large',
    description:
      'The change was not made: the event that records it would be larger than the buses between services and integrators take.',
  },
  COMMON_SECRET_UNREADABLE: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Secret unreadable',
    description: 'A stored secret cannot be decrypted with DATABASE_KEY. Set the key that the data directory was made with.',
  },
  EVENTS_SCHEMA_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown schema',
    description: 'No event of this version of the server names such a schema. Ask with the dataschema of an event.',
  },
  COMMON_PROJECTION_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown projection',
    description: 'No service has a projection of this name; GET /api/v1/projections lists them.',
  },
  COMMON_PROJECTION_REBUILDING: {
    http: 409,
    grpc: 'ABORTED',
    retryable: false,
    title: 'Projection is being rebuilt',
    description: 'One rebuild of a projection runs at a time. GET /api/v1/projections tells how far it is.',
  },
  COMMON_PROJECTION_HELD: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Projection cannot be rebuilt',
    description:
      'Something in the database hangs on its tables, as a view, so that others cannot take their place; the detail says what. Remove it first.',
  },
  COMMON_DEAD_LETTER_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown dead letter',
    description: 'No message was set aside under this id; GET /api/v1/dead-letters lists those that are.',
  },
  COMMON_DEAD_LETTER_SETTLED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Dead letter is not parked any more',
    description: 'It was handled by a retry, or skipped; the detail says which. Nothing is left to be done.',
  },
  COMMON_DEAD_LETTER_UNHANDLED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: true,
    title: 'Nobody handles this dead letter',
    description:
      'The consumer that set it aside does not run: the server is starting or stopping, or this version of it has no such consumer. Try again, or skip the letter.',
  },
  EVENTS_STREAMS_TOO_MANY: {
    http: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    retryable: true,
    title: 'Too many open streams',
    description:
      'This account or token has as many live streams, or requests that wait, open as one may have. Close one, or share one between its readers.',
  },
  EVENTS_FEED_RESET: {
    http: 410,
    grpc: 'OUT_OF_RANGE',
    retryable: false,
    title: 'Event feed was reset',
    description: '`after` was never issued by this feed, as after a restore from backup. Read from the beginning.',
  },
} as const satisfies Record<string, ErrorRow>;
