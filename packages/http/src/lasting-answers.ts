import { settlesWithin } from '@odst/async';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { goneSignal } from './half-closed.ts';

/** How long answers have to come to their end when the server stops; what takes longer is cut off. */
const endLimitMs = 500;

/** Notes an answer that waits or lasts. @returns aborted when its reader is gone or the server stops: it is to end then */
export type LastingAnswers = (reply: FastifyReply) => AbortSignal;

/** Ends the answers of an app that wait for something, or last, cleanly before it closes; they would be cut off otherwise. */
export function createLastingAnswers(app: FastifyInstance): LastingAnswers {
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();
  app.addHook('preClose', async () => {
    stopping.abort();
    await settlesWithin(endLimitMs, Promise.all(open));
  });
  return (reply) => {
    if (reply.raw.closed) return goneSignal(reply);
    const closed = new Promise<void>((resolve) => {
      reply.raw.once('close', () => {
        open.delete(closed);
        resolve();
      });
    });
    open.add(closed);
    return AbortSignal.any([stopping.signal, goneSignal(reply)]);
  };
}
