import { settlesWithin } from '@odst/async';
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
    add({ raw }) {
      const gone = new AbortController();
      const closed = new Promise<void>((resolve) => {
        raw.once('close', () => {
          gone.abort();
          open.delete(closed);
          resolve();
        });
      });
      open.add(closed);
      return AbortSignal.any([stopping.signal, gone.signal]);
    },
  };
}
