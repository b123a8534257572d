import { settlesWithin } from '@odst/async';
import { goneSignal } from '@odst/http';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** How long streams have to write their end when the server stops; who reads too slowly for it is cut off. */
const endLimitMs = 500;

/** Answers that last as long as their reader and the server do. */
export type OpenStreams = {
  /** Notes a stream. @returns aborted when the reader is gone or the server stops: the stream is to end */
  add(reply: FastifyReply): AbortSignal;
};

/** Ends the streams of an app cleanly before it closes; nothing would end them otherwise. */
export function createOpenStreams(app: FastifyInstance): OpenStreams {
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();
  app.addHook('preClose', async () => {
    stopping.abort();
    await settlesWithin(endLimitMs, Promise.all(open));
  });
  return {
    add(reply) {
      const closed = new Promise<void>((resolve) => {
        reply.raw.once('close', () => {
          open.delete(closed);
          resolve();
        });
      });
      open.add(closed);
      return AbortSignal.any([stopping.signal, goneSignal(reply)]);
    },
  };
}
