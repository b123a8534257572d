import { OdstError } from '@odst/kernel';

/** The error of a letter whose key somebody retries; all adapters throw this one. */
export function beingRetried(id: number): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `the key of dead letter ${id} is being retried`);
}

/** The error of skipping a letter behind others; all adapters throw this one. */
export function notFirst(id: number): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `dead letter ${id} is not the first of its key`);
}

/** The error of an id that no letter ever had. */
export function unknownLetter(id: number): OdstError {
  return new OdstError('COMMON_DEAD_LETTER_UNKNOWN', `there is no dead letter ${id}`);
}
