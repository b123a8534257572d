import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { normalTarget, pathOf } from '@odst/http';

const waiting = new WeakSet<IncomingMessage>();

/**
 * Lets routes answer before a client that sent `Expect: 100-continue` sends its body (RFC 9110 §10.1.1): so a refused
 * upload of many gigabytes costs nobody a byte. Requests to other paths get their 100 at once, as Node does by itself.
 * @param defers whether a request waits: for {@link sendContinue}, or for a refusal
 */
export function deferContinue(server: Server, defers: (path: string, method: string) => boolean): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (defers(pathOf(normalTarget(request.url ?? '/')), request.method ?? '')) waiting.add(request);
    else response.writeContinue();
    server.emit('request', request, response);
  });
}

/** Tells a client that waits to send its body. */
export function sendContinue(request: IncomingMessage, response: ServerResponse): void {
  if (waiting.delete(request)) response.writeContinue();
}
