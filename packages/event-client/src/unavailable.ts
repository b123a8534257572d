import { isOdstError, OdstError } from '@odst/kernel';

/**
 * What is told of something that is tried again: with all that lies behind it, as Node says `fetch failed` and keeps the reason in
 * the cause.
 * @param what cannot be done, as `the feed cannot be read`
 */
export function unavailable(what: string, error: unknown): OdstError {
  if (isOdstError(error)) return error;
  return new OdstError('COMMON_SERVICE_UNAVAILABLE', `${what}: ${reasonsOf(error).join(': ')}`, {}, { cause: error });
}

/** Messages and codes from the outermost error to the innermost. */
function reasonsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  // Of several addresses that were tried the last one stands for all.
  const inner = cause ?? (error instanceof AggregateError ? error.errors.at(-1) : undefined);
  const reasons = inner === undefined ? [] : reasonsOf(inner);
  const text = error.message === '' ? error.name : error.message;
  const told = reasons.some((reason) => reason.includes(text));
  const named = typeof code === 'string' && ![text, ...reasons].some((reason) => reason.includes(code));
  return [...(told ? [] : [named ? `${text} (${code})` : text]), ...reasons];
}
