import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorRow, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { ConnectionError } from 'fastify';
import { lingerAndClose } from './lingering-close.ts';
import { faultOf, type ParserFault, wantsHeadOnly } from './parser-faults.ts';
import { toProblem } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

/** The answer that is under way on a connection. */
const answers = new WeakMap<Socket, ServerResponse>();

/** Follows which connections have an answer under way, for {@link answerClientError}, and refuses those that want a tunnel. */
export function followConnections(server: Server, logger: Logger): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answers.set(socket, response);
    response.once('close', () => answers.delete(socket));
  });
  // Whatever else than 100-continue a client expects is passed over (RFC 9110 §10.1.1); Node would answer 417 without a word.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  // Node would end the connection without a word.
  server.on('connect', (_request, socket) => {
    const answer = answerTo(['COMMON_METHOD_UNKNOWN', 'this server is no proxy'], socket, logger);
    socket.on('error', () => undefined).end(answer.join(''), () => socket.destroy());
  });
}

/**
 * Answers what never became a request, as a malformed head or a body that broke off, with a problem document too, and ends
 * the connection: nobody knows where the next request would begin.
 */
export function answerClientError(error: ConnectionError, socket: Socket, logger: Logger): void {
  // What comes behind the last answer goes by unread.
  if (error.code === 'ECONNRESET' || socket.destroyed || socket.writableEnded) return;
  const answer = answers.get(socket);
  if (answer === undefined) {
    // An answer to HEAD has no content (RFC 9110 §9.3.2).
    const [head, body] = answerTo(faultOf(error), socket, logger);
    socket.write(wantsHeadOnly(error) ? head : head + body);
    lingerAndClose(socket);
  } else if (answer.req.complete && !answer.headersSent) {
    // The request is whole and gets its own answer; more than it was sent, and nobody knows what.
    answer.shouldKeepAlive = false;
  } else {
    // In the middle of another answer it would pass for bytes of that one.
    if (!answer.headersSent) socket.write(answerTo(faultOf(error), socket, logger).join(''));
    socket.destroy();
  }
}

/** Answers a client that speaks plain HTTP where TLS is spoken. @param packet what it sent first */
export function answerPlainHttp(socket: Socket, packet: Buffer, logger: Logger): void {
  const [head, body] = answerTo(['COMMON_REQUEST_MALFORMED', httpsOnly], socket, logger);
  socket.write(packet.toString('latin1').startsWith('HEAD ') ? head : head + body);
  lingerAndClose(socket);
}

const httpsOnly = 'this port speaks HTTPS, and what came is not TLS: use an address that begins with https://';

function answerTo([code, detail]: ParserFault, socket: Duplex, logger: Logger): [head: string, body: string] {
  const remoteAddress = 'remoteAddress' in socket ? socket.remoteAddress : undefined;
  logger.info({ remoteAddress, code, reason: detail }, 'refused what is no request');
  const { http, title } = errorRow(code);
  const { traceid: _none, ...problem } = toProblem(new OdstError(code, detail), '', '');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${http} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return [`${head.join('\r\n')}\r\n\r\n`, body];
}
