import { createLastingAnswers } from '@odst/http';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Streams, which last as long as their reader and the server do, and requests that wait. */
export type OpenStreams = {
  /**
   * Notes a stream.
   * @param actor who reads it
   * @returns aborted when the reader is gone or the server stops: the stream is to end
   * @throws OdstError EVENTS_STREAMS_TOO_MANY
   */
  add(reply: FastifyReply, actor: string): AbortSignal;
};

/** Ends the streams of an app cleanly before it closes; nothing would end them otherwise. @param mostOfCaller at the same time */
export function createOpenStreams(app: FastifyInstance, mostOfCaller: number): OpenStreams {
  const lasting = createLastingAnswers(app);
  const ofCaller = new Map<string, number>();
  const count = (actor: string, more: number): void => {
    const now = (ofCaller.get(actor) ?? 0) + more;
    if (now === 0) ofCaller.delete(actor);
    else ofCaller.set(actor, now);
  };
  return {
    add(reply, actor) {
      if ((ofCaller.get(actor) ?? 0) >= mostOfCaller) {
        throw new OdstError('EVENTS_STREAMS_TOO_MANY', `${actor} has ${mostOfCaller} streams open, and may have no more`);
      }
      // Whoever went before it began would be counted for ever.
      if (!reply.raw.closed) {
        count(actor, 1);
        reply.raw.once('close', () => count(actor, -1));
      }
      return lasting(reply);
    },
  };
}
