import type { ErrorRow } from './error-row.ts';

/** Errors of the sync service. */
export const syncErrors = {
  SYNC_FEED_POSITION_UNKNOWN: {
    http: 410,
    grpc: 'OUT_OF_RANGE',
    retryable: false,
    title: 'Unknown feed position',
    description: 'The cursor belongs to another feed or was never issued. Read from the start.',
  },
  SYNC_PEER_FAILED: {
    http: 502,
    grpc: 'UNAVAILABLE',
    retryable: true,
    title: 'Peer failed',
    description: 'The peer was out of reach or answered with an error. It is tried again with growing delays, for ever.',
  },
  SYNC_TRANSFER_UNKNOWN: {
    http: 404,
    grpc: 'NOT_FOUND',
    retryable: false,
    title: 'Unknown transfer',
    description: 'Nothing is to be fetched of this content: it is here already, or no package that this server takes names it.',
  },
  SYNC_ISS_DUPLICATE: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    retryable: false,
    title: 'Two servers with one ISS ID',
    description:
      'Another live server uses the same identity, as after copying a data directory. Syncing with it is stopped until one is removed.',
  },
} as const satisfies Record<string, ErrorRow>;
