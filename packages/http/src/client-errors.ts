import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '@odst/kernel';
import { errorRow, OdstError } from '@odst/kernel';
import type { ConnectionError } from 'fastify';
import { toProblem } from './problem.ts';

/** The answer that is under way on a connection. */
const answers = new WeakMap<Socket, ServerResponse>();

/** Follows which connections have an answer under way, for {@link answerClientError}. */
export function followAnswers(server: Server): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answers.set(socket, response);
    response.once('close', () => answers.delete(socket));
  });
}

/**
 * Answers what never became a request, as a malformed head or a body that broke off, with a problem document too, and ends
 * the connection: nobody knows where the next request would begin.
 */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  // In the middle of another answer it would pass for bytes of that one.
  if (socket.writable && answers.get(socket)?.headersSent !== true) socket.write(answerTo(error));
  socket.destroy();
}

function answerTo(error: ConnectionError): string {
  const [code, detail] = meaningOf(error);
  const { http, title } = errorRow(code);
  const { traceid: _none, ...problem } = toProblem(new OdstError(code, detail), '', '');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${http} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function meaningOf({ code }: ConnectionError): [ErrorCode, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['COMMON_HEADERS_TOO_LARGE', 'the path and the headers are longer than 16 KiB'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['COMMON_REQUEST_MALFORMED', 'the head of the request did not come in time'];
    case 'HPE_INVALID_EOF_STATE':
      return ['COMMON_REQUEST_MALFORMED', 'the request ended before it was complete'];
    default:
      return ['COMMON_REQUEST_MALFORMED', 'this is not HTTP'];
  }
}
