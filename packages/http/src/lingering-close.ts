import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { backgroundTimers, type Timers } from '@odst/async';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What is spent on clients that go on sending after their answer. */
export type LingerLimits = {
  /** Time without a byte after which the connection is closed, in milliseconds. Default 5 s */
  readonly silenceMs?: number;
  /** Time after which it is closed however much comes, in milliseconds. Default 5 min: 200 MB at 6 Mbit/s */
  readonly totalMs?: number;
  /** How many connections at once; beyond that the oldest is closed. Default 256 */
  readonly connections?: number;
  /** Default {@link backgroundTimers} */
  readonly timers?: Timers;
};

/** How often within the silence a connection is looked at. */
const looks = 5;

/** The request that is under way on a connection. */
const requests = new WeakMap<Socket, IncomingMessage>();

/**
 * Closes connections so that the last answer is read (RFC 9112 §9.6). A connection that is closed while bytes still come is reset,
 * and a client that writes its whole body before it reads, as browsers and Python do, then never sees why it was refused. So the
 * sending side is closed behind the answer, and what comes is read and dropped until the client closes too.
 */
export function lingerAtClose(app: FastifyInstance, limits: LingerLimits = {}): void {
  const linger = createLingering(limits);
  app.server.on('request', (request: IncomingMessage) => requests.set(request.socket, request));
  const lingerOn = (socket: Socket): void => {
    const close = socket.destroySoon.bind(socket);
    // Node calls this behind the last answer of a connection, and has no other door for what is to happen then.
    socket.destroySoon = () => {
      const request = requests.get(socket);
      if (request?.complete === true) close();
      else linger(socket, request);
    };
  };
  // With TLS, the second is of what requests come on, and the first only of what is no TLS.
  app.server.on('connection', lingerOn).on('secureConnection', lingerOn);
  app.addHook('onSend', async ({ raw }, reply) => {
    if (!hasMoreToCome(raw)) return;
    // The end of a short body may be among the bytes that are parsed right now.
    await undefined;
    closeUnlessRead(raw, reply);
  });
}

/** Announces that the connection is closed behind an answer that comes before the end of the request's body. */
export function closeUnlessRead(request: IncomingMessage, reply: FastifyReply): void {
  // What is left of a body would be read, however long it is, before the next request.
  if (hasMoreToCome(request)) reply.header('connection', 'close');
}

/** Whether a request has a body (RFC 9112 §6.3) that is not here to its end. */
function hasMoreToCome({ headers, complete }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}

/** Closes a connection on which nobody knows what comes, in the same way. */
export function lingerAndClose(socket: Socket): void {
  requests.delete(socket);
  socket.destroySoon();
}

function createLingering(limits: LingerLimits): (socket: Socket, request: IncomingMessage | undefined) => void {
  const { silenceMs = 5_000, totalMs = 300_000, connections = 256, timers = backgroundTimers } = limits;
  const lingering = new Set<Socket>();

  const watch = (socket: Socket): void => {
    let leftLooks = (totalMs * looks) / silenceMs;
    let silentLooks = 0;
    let seenBytes = socket.bytesRead;
    let look: Disposable | undefined;
    const next = (): void => {
      look = timers.after(silenceMs / looks, () => {
        leftLooks -= 1;
        silentLooks = socket.bytesRead === seenBytes ? silentLooks + 1 : 0;
        seenBytes = socket.bytesRead;
        if (silentLooks < looks && leftLooks > 0) next();
        else socket.destroy();
      });
    };
    socket.once('close', () => {
      look?.[Symbol.dispose]();
      lingering.delete(socket);
    });
    next();
  };
  return (socket, request) => {
    if (lingering.has(socket)) return;
    const [oldest] = lingering;
    if (lingering.size >= connections) oldest?.destroy();
    lingering.add(socket);
    socket.end();
    if (request !== undefined) drop(request);
    watch(socket);
  };
}

/** Lets the rest of a body go by. */
function drop(request: IncomingMessage): void {
  request.unpipe();
  request.removeAllListeners('data').removeAllListeners('readable');
  request.on('error', () => undefined);
  // A stream that flows to nobody may stand still, and is not started by being told to flow.
  request.pause().resume();
}
