import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline, type Transform } from 'node:stream';
import { createByteGate } from './byte-gate.ts';

/** A proxy in front of a server that holds uploads in their middle, for as long as a test looks at them. */
export type UploadGate = AsyncDisposable & {
  readonly url: string;
  /** Lets this share of each file through, and no more until it is told another one; 1 is all of it. Of small files all comes through. */
  passUpTo(share: number): void;
  /** Breaks off each request with bytes of a file, also those that come, until `passUpTo`. */
  cut(): void;
};

const uploads = '/api/v1/uploads';
/** Of smaller files the buffers on the way would take all. */
const leastHeldBytes = 10_000_000;

/** Starts one; at first it lets all through. */
export async function startUploadGate(port: number): Promise<UploadGate> {
  let share = 1;
  /** By the id of an upload. */
  const sizes = new Map<string, number>();
  const gate = createByteGate();
  const sending = new Set<Socket>();
  let isCut = false;
  const limitOf = (id: string): number => {
    const size = sizes.get(id) ?? 0;
    return share >= 1 || size < leastHeldBytes ? Number.POSITIVE_INFINITY : Math.floor(size * share);
  };
  const through = ({ url, headers }: IncomingMessage): Transform => {
    const id = url?.split('/').at(-1) ?? '';
    let position = Number(headers['upload-offset']);
    return gate.through((bytes) => {
      const passing = Math.max(0, Math.min(bytes, limitOf(id) - position));
      position += passing;
      return passing;
    });
  };
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers, socket } = incoming;
    const isFile = method === 'PATCH';
    if (isFile && isCut) return void socket.resetAndDestroy();
    if (isFile) {
      sending.add(socket);
      outgoing.once('close', () => sending.delete(socket));
    }
    const gates = isFile ? [through(incoming)] : [];
    forward(port, incoming, outgoing, gates, (location) => {
      if (method === 'POST' && url === uploads) sizes.set(location.split('/').at(-1) ?? '', Number(headers['upload-length']));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passUpTo(next) {
      share = next;
      isCut = false;
      gate.retry();
    },
    cut() {
      isCut = true;
      for (const socket of sending) socket.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  gates: readonly Transform[],
  answered: (location: string) => void,
): void {
  const { method, url, headers } = incoming;
  // A connection of its own: the server may be killed and started again.
  const sent = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
    answered(answer.headers.location ?? '');
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    // A stream of events may have nothing to say for long.
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  sent.on('error', () => outgoing.destroy());
  outgoing.once('close', () => sent.destroy());
  // What breaks off on one side is told to the other.
  pipeline([incoming, ...gates, sent], () => undefined);
}
