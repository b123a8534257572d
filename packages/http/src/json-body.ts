import { OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Makes JSON the only body that routes take, and takes it by the letter: bytes that are not UTF-8 (RFC 8259 §8.1) and half
 * surrogates would else become U+FFFD somewhere on their way.
 */
export function takeJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = decoder.decode(body as Buffer);
    } catch (error) {
      done(new OdstError('COMMON_REQUEST_MALFORMED', 'the body is not UTF-8', {}, { cause: error }));
      return;
    }
    // Fastify's parser answers through the callback and returns nothing.
    void parse(request, text, (error, value: unknown) => {
      if (error !== null || isWellFormed(value)) done(error, value);
      else done(new OdstError('COMMON_REQUEST_MALFORMED', 'the body has a string that is not well-formed Unicode'));
    });
  });
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => name.isWellFormed() && isWellFormed(inner));
}
