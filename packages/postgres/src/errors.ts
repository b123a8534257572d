import { isOdstError, OdstError } from '@odst/kernel';

/** SQLSTATE classes and codes after which the same request may succeed: connection, resources, shutdown. */
const lossStates = ['08', '53', '57P01', '57P02', '57P03', '57P05', '58'];

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What `pg` says without a code. */
const lossMessages =
  /connection terminated|connection error|connection ended|timeout exceeded when trying to connect|query read timeout|client was closed|after calling end on the pool/i;

/** Of losses that come before a statement was sent: it has not been run. */
const unsentStates = ['08001', '08004', '53300', '57P03'];
const unsentSocketCodes = new Set(['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
const unsentMessages = /timeout exceeded when trying to connect|due to connection timeout|after calling end on the pool/i;

/** Whether PostgreSQL was not reached, went away, or had no room: the outcome of the statement is then unknown. */
export function isConnectionLoss(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '')
    return lossMessages.test(error.message) || (error instanceof AggregateError && error.errors.some(isConnectionLoss));
  return socketCodes.has(code) || (code.length === 5 && lossStates.some((state) => code.startsWith(state)));
}

/**
 * The product's error for one of the driver; errors of the product pass unchanged.
 * COMMON_DATABASE_UNAVAILABLE where a repetition may succeed, else COMMON_INTERNAL with the driver's error as cause.
 */
export function translateDatabaseError(error: unknown): OdstError {
  if (isOdstError(error)) return error;
  const cause = { cause: error };
  // 40: rolled back in favour of somebody else (deadlock, serialization); nothing was stored.
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (isConnectionLoss(error) || /^40...$/.test(code)) {
    return new OdstError('COMMON_DATABASE_UNAVAILABLE', lossOf(error, code), {}, cause);
  }
  return new OdstError('COMMON_INTERNAL', 'a statement failed', {}, cause);
}

/** SQLSTATE of an error of the driver, or of the one that an error of the product was made from; undefined for all others. */
export function sqlStateOf(error: unknown): string | undefined {
  const origin = isOdstError(error) ? error.cause : error;
  if (!(origin instanceof Error && 'code' in origin)) return undefined;
  // A digit is in every one of them, and in no code of a socket, such as EPIPE.
  return typeof origin.code === 'string' && /^(?=.*[0-9])[0-9A-Z]{5}$/.test(origin.code) ? origin.code : undefined;
}

/** What a loss means for who asked. */
function lossOf(error: unknown, code: string): string {
  const message = error instanceof Error ? error.message : '';
  const unsent =
    unsentSocketCodes.has(code) ||
    unsentStates.includes(code) ||
    (code === '' && (unsentMessages.test(message) || error instanceof AggregateError));
  if (unsent) return 'the database could not be reached';
  if (code.startsWith('40')) return 'the database gave this up in favour of another; nothing was stored';
  return 'the connection to the database broke off or fell silent: what was asked may have taken place, and a command may be repeated with the same id';
}
