import { OdstError } from '@odst/kernel';

const longestReason = 1_000;

/**
 * Refuses a text that says nothing, or that cannot be kept and shown as it is; all adapters ask this.
 * @param reason 1 to 1,000 characters, not only spaces, no control character
 * @throws OdstError COMMON_REQUEST_INVALID
 */
export function checkSkipReason(reason: string): void {
  const refuse = (why: string) => new OdstError('COMMON_REQUEST_INVALID', why, { pointer: '/reason' });
  if (reason.trim() === '') throw refuse('a letter is skipped for a reason');
  if (/\p{Cc}/u.test(reason)) throw refuse('the reason contains a control character');
  if ([...reason].length > longestReason) throw refuse(`the reason is longer than ${longestReason} characters`);
}
