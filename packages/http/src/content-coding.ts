import { OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';

/** Codings that leave a body as it is. */
const plain = ['', 'identity', 'chunked'];

/**
 * Refuses bodies that are compressed, once their sender is let in and before a byte of them is read; `Accept-Encoding`
 * tells what is taken (RFC 9110 §15.5.16).
 */
export function takePlainOnly(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ headers }, reply) => {
    const { 'content-encoding': content = '', 'transfer-encoding': transfer = '', 'content-length': length = '0' } = headers;
    if (transfer === '' && length === '0') return;
    const coding = `${content},${transfer}`.split(',').find((one) => !plain.includes(one.trim().toLowerCase()));
    if (coding === undefined) return;
    reply.header('accept-encoding', 'identity');
    throw new OdstError(
      'COMMON_CONTENT_ENCODING_UNSUPPORTED',
      `the body is encoded as ${coding.trim()}; send it as it is, without Content-Encoding`,
    );
  });
}
