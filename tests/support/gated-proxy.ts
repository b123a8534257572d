import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, type Transform } from 'node:stream';
import { createByteGate } from './byte-gate.ts';

/** A proxy between servers that lets through as many bytes of contents as a test says, and all else at once. */
export type GatedProxy = AsyncDisposable & {
  readonly url: string;
  /** Lets more bytes of any contents through, in the order in which they are asked for. */
  allow(bytes: number): void;
  /** From here on nothing passes, whatever was allowed before. */
  shut(): void;
};

/** Starts it in front of the server at a port of this machine. Nothing of a content passes at first. */
export async function startGatedProxy(targetPort: number): Promise<GatedProxy> {
  let budget = 0;
  const gate = createByteGate();
  const through = () =>
    gate.through((bytes) => {
      const passing = Math.min(bytes, budget);
      budget -= passing;
      return passing;
    });
  const server = createServer((incoming, outgoing) => forward(targetPort, incoming, outgoing, through));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    allow(bytes) {
      budget += bytes;
      gate.retry();
    },
    shut() {
      budget = 0;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(port: number, incoming: IncomingMessage, outgoing: ServerResponse, gate: () => Transform): void {
  const { method, url = '', headers } = incoming;
  const sent = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    const ended = (error: unknown) => {
      if (error !== null && error !== undefined) outgoing.destroy();
    };
    if (/^\/api\/ods\/v1\/blobs\/[0-9a-f]{64}$/.test(url)) pipeline(answer, gate(), outgoing, ended);
    else pipeline(answer, outgoing, ended);
  });
  sent.on('error', () => outgoing.destroy());
  outgoing.on('close', () => sent.destroy());
  incoming.pipe(sent);
}
