import { type Operation, statusOf } from '@odst/api';
import { errorRow, isOdstError, OdstError } from '@odst/kernel';

/** Problem details (RFC 9457) with this product's extensions. */
export type Problem = {
  /** Where the reference page explains the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened this time. */
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  /** Code of the error register. */
  readonly code: string;
  /** Finds the request in the server's log, and where traces are recorded its trace, whose id it is. */
  readonly traceid: string;
  /** Code that another server refused with, where this one asked it in vain. */
  readonly remoteCode?: string;
  /** The parts of the request that are wrong, with JSON pointers. */
  readonly errors?: readonly { readonly detail: string; readonly pointer: string }[];
};

/**
 * The problem document of an error; what is not an OdstError tells nothing of itself.
 * @param operation that refuses: it may have another status for the code
 */
export function toProblem(
  error: unknown,
  instance: string,
  traceid: string,
  operation?: Pick<Operation, 'statuses'> | undefined,
): Problem {
  const known =
    isOdstError(error) && error.code !== 'COMMON_INTERNAL'
      ? error
      : new OdstError('COMMON_INTERNAL', 'The server made an error; its log tells more.');
  const row = errorRow(known.code);
  const { pointer, remoteCode } = known.details;
  return {
    type: `/api/docs/errors#${known.code}`,
    title: row.title,
    status: statusOf(operation, known.code),
    detail: known.message,
    instance,
    code: known.code,
    traceid,
    ...(typeof remoteCode === 'string' && remoteCode !== '' ? { remoteCode } : {}),
    ...(typeof pointer === 'string' ? { errors: [{ detail: known.message, pointer }] } : {}),
  };
}
