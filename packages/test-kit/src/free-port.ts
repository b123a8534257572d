import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32,768 on Linux, 49,152 elsewhere): one of those could take
 * a port between its look-up and its use.
 */
const range = { from: 20_000, to: 32_000 };
const maxTries = 100;

/**
 * A TCP port of 127.0.0.1 that nobody listened on a moment ago, and that nobody else is given while this process lives, in whatever
 * run of tests: who is to listen on it may take long to start.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const port = randomInt(range.from, range.to);
    if ((await markTaken(port)) && (await isFreePort(port))) return port;
  }
  throw new Error(`none of ${maxTries} ports was free`);
}

/** Whether nobody listens on a TCP port of 127.0.0.1, and this process may. */
export function isFreePort(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer().once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}

/**
 * Takes the UDP port of the same number, which nothing here speaks, as the mark that all processes see and the kernel takes away when this
 * one ends, however it does. @returns whether it was free
 */
function markTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const mark = createSocket('udp4').once('error', () => resolve(false));
  mark.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
    mark.unref();
    resolve(true);
  });
  return promise;
}
