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

/** The same as gRPC tells it: CANCELLED, DEADLINE_EXCEEDED, ABORTED, UNAVAILABLE. */
const lossCodes: ReadonlySet<unknown> = new Set([1, 4, 10, 14]);

/** PERMISSION_DENIED and UNAUTHENTICATED of gRPC. */
const refusalCodes: ReadonlySet<unknown> = new Set([7, 16]);

/** What comes without either, of a cluster without an answering node and of a connection that ends within a call. */
const lossMessages = /failed to discover after|RST_STREAM|ECONNRE(SET|FUSED)|channel has been (shut down|closed)|channel closed/i;

/**
 * The product's error for one of the client or of gRPC; errors of the product pass unchanged. COMMON_DATABASE_UNAVAILABLE
 * where a repetition may succeed, COMMON_SETTING_INVALID where the server refuses the user, else COMMON_INTERNAL.
 */
export function translateEventStoreDbError(error: unknown): OdstError {
  if (isOdstError(error)) return error;
  const cause = { cause: error };
  const { type, code, message } = tellOf(error);
  if (lossTypes.has(type) || lossCodes.has(code) || lossMessages.test(message)) {
    return new OdstError('COMMON_DATABASE_UNAVAILABLE', 'EventStoreDB could not be reached', {}, cause);
  }
  if (type === ErrorType.ACCESS_DENIED || refusalCodes.has(code)) {
    return new OdstError('COMMON_SETTING_INVALID', 'EVENTSTORE_URL: EventStoreDB refuses its user', {}, cause);
  }
  return new OdstError('COMMON_INTERNAL', 'EventStoreDB failed a request', {}, cause);
}

/** The client's type of an error, which gRPC's own errors have in their metadata; gRPC's status; the text. */
function tellOf(error: unknown): { readonly type: string; readonly code: unknown; readonly message: string } {
  if (!(error instanceof Error)) return { type: '', code: undefined, message: '' };
  const { type, code, metadata } = error as { type?: unknown; code?: unknown; metadata?: { get?(key: string): unknown[] } };
  return { type: String(type ?? metadata?.get?.('exception')[0] ?? ''), code, message: error.message };
}
