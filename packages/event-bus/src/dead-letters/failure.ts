import { errorRow, isOdstError } from '@odst/kernel';
import { redactLine } from '@odst/telemetry';
import type { Failure } from './dead-letters.ts';

const longestError = 1_000;

/**
 * What is kept of an error beside a message: its code and text, without secrets, at most 1,000 characters. Control characters are
 * spaces: no database takes a NUL, and no terminal shall take the others.
 */
export function failureOf(error: unknown, tries: number): Failure {
  const text = isOdstError(error) ? `${error.code}: ${error.message}` : String(error);
  return {
    tries,
    error: redactLine(text)
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, longestError)
      .toWellFormed(),
  };
}

/**
 * Whether an error speaks against the message. One that the register calls retryable says that something else is away
 * or busy: after an outage nothing may lie parked that only waited for its end. So it is with events of a newer program in the
 * stream that the message leads to: it takes over soon, as versions do when they are replaced one process after the other.
 */
export function speaksAgainstMessage(error: unknown): boolean {
  return !isOdstError(error) || !(errorRow(error.code).retryable || error.code === 'COMMON_EVENT_UNKNOWN');
}
