import { ErrorType } from '@eventstore/db-client';
import { isOdstError, OdstError } from '@odst/kernel';

/** What the client tells when the server was not reached, went away or has no leader: the outcome is then unknown. */
const lossTypes: ReadonlySet<string> = new Set([
  ErrorType.UNAVAILABLE,
  ErrorType.DEADLINE_EXCEEDED,
  ErrorType.TIMEOUT,
  ErrorType.CANCELLED,
  ErrorType.NOT_LEADER,
]);

/** What the client says without a type, of a cluster without an answering node and of a connection reset within a call. */
const lossMessages = /failed to discover after|RST_STREAM|ECONNRE(SET|FUSED)|channel has been (shut down|closed)|before headers/i;

/**
 * The product's error for one of the client; errors of the product pass unchanged. COMMON_DATABASE_UNAVAILABLE where a
 * repetition may succeed, COMMON_SETTING_INVALID where the server refuses the user, else COMMON_INTERNAL.
 */
export function translateEventStoreDbError(error: unknown): OdstError {
  if (isOdstError(error)) return error;
  const cause = { cause: error };
  const type = error instanceof Error && 'type' in error ? String(error.type) : '';
  if (lossTypes.has(type) || (error instanceof Error && lossMessages.test(error.message))) {
    return new OdstError('COMMON_DATABASE_UNAVAILABLE', 'EventStoreDB could not be reached', {}, cause);
  }
  if (type === ErrorType.ACCESS_DENIED || isUnauthenticated(error)) {
    return new OdstError('COMMON_SETTING_INVALID', 'EVENTSTORE_URL: EventStoreDB refuses its user', {}, cause);
  }
  return new OdstError('COMMON_INTERNAL', 'EventStoreDB failed a request', {}, cause);
}

/** gRPC status 16: no or a wrong password. */
function isUnauthenticated(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 16;
}
