import { OdstError } from '@odst/kernel';

const purposePattern = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * What is signed of a statement: the purpose before the bytes, so that a signature for one purpose is worth nothing for another. No token
 * can look like it, since what is signed of a token is base64url and has no colon.
 * @param purpose 1 to 40 of a-z, 0-9 and -
 * @throws OdstError COMMON_REQUEST_INVALID for another purpose
 */
export function statementOf(purpose: string, payload: Uint8Array): Uint8Array {
  if (!purposePattern.test(purpose)) throw new OdstError('COMMON_REQUEST_INVALID', 'a purpose is 1 to 40 of a-z, 0-9 and -');
  return Buffer.concat([Buffer.from(`odst-statement:${purpose}\n`), payload]);
}
