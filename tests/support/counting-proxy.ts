import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy in front of a server that counts the requests for one path. */
export type CountingProxy = AsyncDisposable & {
  readonly url: string;
  /** Those that are answered now. */
  open(): number;
  /** The most that were at once. */
  most(): number;
};

/** Starts one. @param path exact, without its query */
export async function countingProxy(port: number, path: string): Promise<CountingProxy> {
  let [open, most] = [0, 0];
  const server = createServer((incoming, answer) => {
    if (incoming.url?.split('?')[0] === path) {
      open += 1;
      most = Math.max(most, open);
      answer.once('close', () => (open -= 1));
    }
    const { method, url, headers } = incoming;
    const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(answer);
    });
    outgoing.once('error', () => answer.destroy());
    answer.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => open,
    most: () => most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
