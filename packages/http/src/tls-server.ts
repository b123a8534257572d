import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { backgroundTimers, type Timers } from '@odst/async';
import { type Certificate, type ListenerTls, minVersion } from '@odst/service-host';
import type { Logger } from '@odst/telemetry';
import type { FastifyServerOptions } from 'fastify';
import { answerPlainHttp } from './client-errors.ts';

/** Of Node's HTTP server, whose own refusal of a request without Host is without a word. */
export const httpOptions = { requireHostHeader: false } as const;

/** The first byte of a client that speaks TLS: a record of its handshake (RFC 8446 §5.1). */
const handshakeRecord = 0x16;
/** Time for the handshake, the wait for its first byte included, in milliseconds. */
const handshakeMs = 30_000;

/**
 * Makes the servers of a listener that speaks TLS, HTTP/1.1 alone. What does not speak TLS is answered in plain HTTP with 400; a
 * certificate that is renewed counts for the connections that come, and ends none.
 */
export function tlsServerFactory(tls: ListenerTls, logger: Logger, timers: Timers = backgroundTimers) {
  return (handler: RequestListener, { keepAliveTimeout = 72_000 }: FastifyServerOptions): Server => {
    const options = { ...contextOf(tls.certificate), ...httpOptions, handshakeTimeout: handshakeMs };
    const server = createServer({ ...options, allowHalfOpen: true, ALPNProtocols: ['http/1.1'] }, handler);
    server.keepAliveTimeout = keepAliveTimeout;
    // Uploads of 15 GB over slow lines take hours.
    server.requestTimeout = 0;
    const renewing = tls.onRenewed((renewed) => server.setSecureContext(contextOf(renewed)));
    server.once('close', () => renewing[Symbol.dispose]());
    lookAtFirstByte(server, logger, timers);
    tellFailedHandshakes(server, logger);
    return server;
  };
}

const contextOf = ({ cert, key }: Certificate) => ({ cert, key, minVersion });

/** Lets only what begins as TLS come to the server. */
function lookAtFirstByte(server: Server, logger: Logger, timers: Timers): void {
  const sockets = new Set<Socket>();
  const [speakTls] = server.listeners('connection');
  if (speakTls === undefined) throw new TypeError('there is nothing that speaks TLS');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    const deadline = timers.after(handshakeMs, () => socket.destroy());
    const leave = () => socket.destroy();
    socket.once('close', () => {
      sockets.delete(socket);
      deadline[Symbol.dispose]();
    });
    socket.on('error', () => undefined).once('end', leave);
    socket.once('data', (bytes: Buffer) => {
      deadline[Symbol.dispose]();
      socket.off('end', leave);
      if (bytes[0] !== handshakeRecord) return answerPlainHttp(socket, bytes, logger);
      socket.pause();
      socket.unshift(bytes);
      return speakTls.call(server, socket);
    });
  });
  // Node knows of those only that have begun to speak HTTP, and waits for the others when it closes.
  const closeAll = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeAll();
    for (const socket of sockets) socket.destroy();
  };
}

/** A client that cannot or will not go on gets an alert by TLS; there is nobody to answer. */
function tellFailedHandshakes(server: Server, logger: Logger): void {
  // Node's own takes it for a request that cannot be read.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const { remoteAddress } = socket;
    // Who only looks whether somebody listens has nothing to mend.
    if (error.code !== 'ECONNRESET')
      logger.info({ remoteAddress, reason: error.code ?? error.message }, 'a TLS handshake failed');
    socket.destroy();
  });
}
