/** gRPC status names that the register maps to. */
export type GrpcStatus =
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

/** What the register knows of one error. */
export type ErrorRow = {
  /** HTTP status of the problem document. */
  readonly http: number;
  readonly grpc: GrpcStatus;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
  /** Whether a server that is well answers so: no reason for a warning in its log, whatever the status. Default false */
  readonly usual?: boolean;
  /** `title` of the problem document (RFC 9457): the same for every occurrence. */
  readonly title: string;
  /** What it means and what to do, for the reference page. */
  readonly description: string;
};
