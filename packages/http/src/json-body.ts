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
      text = textOf(body as Buffer);
    } catch (error) {
      done(error as OdstError);
      return;
    }
    // Fastify's parser answers through the callback and returns nothing.
    void parse(request, text, (error, value: unknown) => {
      if (error !== null || isWellFormed(value)) done(error, value);
      else done(illFormed());
    });
  });
}

/** The value of a JSON body, by the same letter. @throws OdstError COMMON_REQUEST_MALFORMED */
export function parseJson(bytes: Buffer): unknown {
  const text = textOf(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OdstError('COMMON_REQUEST_MALFORMED', 'the body is not JSON', {}, { cause: error });
  }
  if (!isWellFormed(value)) throw illFormed();
  return value;
}

function textOf(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new OdstError('COMMON_REQUEST_MALFORMED', 'the body is not UTF-8', {}, { cause: error });
  }
}

function illFormed(): OdstError {
  return new OdstError('COMMON_REQUEST_MALFORMED', 'the body has a string that is not well-formed Unicode');
}

/** Without recursion: a body may be nested deeper than the stack. */
function isWellFormed(value: unknown): boolean {
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string' && !one.isWellFormed()) return false;
    if (typeof one !== 'object' || one === null) continue;
    if (!Array.isArray(one) && !Object.keys(one).every((name) => name.isWellFormed())) return false;
    for (const inner of Object.values(one)) left.push(inner);
  }
  return true;
}
