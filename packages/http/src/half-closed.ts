import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Answers clients that close their sending side behind their request (RFC 9293 §3.6), as `nc -N` does. Node closes the other side
 * then too, before there is an answer, unless it is told not to.
 */
export function answerHalfClosed(app: FastifyInstance): void {
  // Node reads it at the end of a connection; its types do not have it.
  Object.assign(app.server, { httpAllowHalfOpen: true });
}

/**
 * Aborted when the client is gone, or has closed its sending side: for answers that last as long as somebody reads them. The end
 * of a connection and the end of what a client sends cannot be told apart before something is written.
 */
export function goneSignal({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  // Who went while the answer was made is told of no second time.
  const socket: ServerResponse['socket'] = raw.socket;
  if (raw.closed || socket?.readableEnded === true) return AbortSignal.abort();
  const gone = new AbortController();
  const end = (): void => gone.abort();
  socket?.once('end', end);
  raw.once('close', () => {
    socket?.off('end', end);
    end();
  });
  return gone.signal;
}
