import { catalogErrors } from './catalog.ts';
import { commonErrors } from './common.ts';
import type { ErrorRow } from './error-row.ts';
import { registrationErrors } from './registration.ts';
import { storageErrors } from './storage.ts';
import { syncErrors } from './sync.ts';

/** Every error the product can answer with. `docs/reference/errors.md` is generated from it. */
export const errorRegister = {
  ...commonErrors,
  ...registrationErrors,
  ...catalogErrors,
  ...storageErrors,
  ...syncErrors,
} as const;

/** A code of the register. */
export type ErrorCode = keyof typeof errorRegister;

/** The row of a code. */
export function errorRow(code: ErrorCode): ErrorRow {
  return errorRegister[code];
}

/** Narrows any string to a code of the register. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorRegister, code);
}
