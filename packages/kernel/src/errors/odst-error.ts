import type { ErrorCode } from './register.ts';

/**
 * The one error class of the product. Everything a caller can act on carries a code of the register;
 * any other error is a bug and is shown to nobody.
 */
export class OdstError extends Error {
  override readonly name = 'OdstError';
  /** Code of the register, `<SERVICE>_<THING>_<REASON>`. Stable: integrators test for it. */
  readonly code: ErrorCode;
  /** JSON-able facts about this occurrence. Shown to callers, so never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** True when `error` is an {@link OdstError}, of the given code where one is named. */
export function isOdstError(error: unknown, code?: ErrorCode): error is OdstError {
  return error instanceof OdstError && (code === undefined || error.code === code);
}
