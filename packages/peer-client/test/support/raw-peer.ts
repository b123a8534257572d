import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';

/** A server of raw bytes: each request is answered by the next handler, the last one answers all that follow. */
export type RawPeer = AsyncDisposable & {
  readonly port: number;
  readonly requests: string[];
  readonly connections: () => number;
};

type Answer = (socket: Socket, request: string) => void;

/** Starts it. @param tls certificate and key, for TLS */
export async function startRawPeer(
  answers: readonly Answer[],
  tls?: { readonly cert: string; readonly key: string },
): Promise<RawPeer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (part) => {
      text += part.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        requests.push(request);
        answers[Math.min(requests.length, answers.length) - 1]?.(socket, request);
      }
    });
  };
  const server: Server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Head of a whole answer to a range of these bytes. */
export function rangeHead(start: number, end: number, more = ''): string {
  return `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes ${start}-${end - 1}/*\r\nContent-Length: ${end - start}\r\n${more}\r\n`;
}
