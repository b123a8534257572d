import { isOdstError, OdstError } from '@odst/kernel';

/** What parser and stream say when a body ends before its form does. */
const endedEarly =
  /terminated early|unexpected end of multipart data|closed before the multipart data|aborted|ECONNRESET|premature close/i;

/** A failure of reading a form as an error of the register: the parser's own words become codes. */
export function translateFormError(error: unknown): unknown {
  if (isOdstError(error) || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (endedEarly.test(error.message) || code === 'ECONNRESET' || code === 'FST_MP_PREMATURE_CLOSE') {
    return new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the body ended before the form was complete', {}, { cause: error });
  }
  if (code.startsWith('FST_') || /multipart|boundary|malformed|header/i.test(error.message)) {
    return new OdstError('COMMON_REQUEST_MALFORMED', `the form cannot be read: ${error.message}`, {}, { cause: error });
  }
  return error;
}
