import { errorRow, type OdstError } from '@odst/kernel';
import type { HttpAnswer } from '@odst/peer-client';

/** The problem document that a gateway answers with. */
export function problemAnswer({ code, message, details: { signedTime, pointer } }: OdstError): Omit<HttpAnswer, 'baseUrl'> {
  const { http, title } = errorRow(code);
  const body = Buffer.from(
    JSON.stringify({
      title,
      status: http,
      detail: message,
      code,
      ...(pointer === undefined ? {} : { errors: [{ detail: message, pointer }] }),
    }),
  );
  const time = typeof signedTime === 'string' ? { 'odst-time': signedTime } : {};
  return { status: http, headers: { 'content-type': 'application/problem+json', ...time }, body };
}
