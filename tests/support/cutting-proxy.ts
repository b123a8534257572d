import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line that is cut now and then. */
export type CuttingProxy = AsyncDisposable & {
  readonly url: string;
  /** Cuts the next connections after so many bytes from the client, one for each entry; those after them stay. */
  cutAfter(bytes: readonly number[]): void;
  /** How many were cut. */
  cuts(): number;
  /** Bytes that went on to the server. */
  passedBytes(): number;
};

/** Starts one in front of a port of this machine. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let left: number[] = [];
  let cuts = 0;
  let passedBytes = 0;
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    let ownBytes = 0;
    client.on('data', (piece) => {
      ownBytes += piece.length;
      passedBytes += piece.length;
      const [limit] = left;
      const isOver = limit !== undefined && ownBytes >= limit;
      if (!target.write(piece)) {
        client.pause();
        target.once('drain', () => client.resume());
      }
      if (!isOver) return;
      left = left.slice(1);
      cuts += 1;
      client.destroy();
      // What the server has not read yet is not taken from it.
      target.end();
    });
    target.on('data', (piece) => client.write(piece));
    target.once('close', () => client.destroy());
    client.once('close', () => target.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAfter(bytes) {
      left = [...bytes];
    },
    cuts: () => cuts,
    passedBytes: () => passedBytes,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
