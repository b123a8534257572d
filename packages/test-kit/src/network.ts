import { connect, createServer, type Socket } from 'node:net';

/** A way to a PostgreSQL server over TCP that can fall silent, as a firewall does that forgets, or a machine without power. */
export interface Network extends AsyncDisposable {
  /** The URL of the server by this way. */
  readonly url: string;
  /**
   * Swallows from now on what is sent either way over the connections that stand, or over all that will be made too, and tells
   * neither side.
   */
  fallSilent(which: 'standing' | 'all'): void;
}

/** Opens a way to the server of a URL, to its socket or its port. Disposing breaks all connections. */
export async function openNetwork(url: string): Promise<Network> {
  const { hostname, port } = new URL(url);
  const host = decodeURIComponent(hostname);
  const connections: { readonly inward: Socket; readonly outward: Socket; silent: boolean }[] = [];
  let allSilent = false;

  const server = createServer((inward) => {
    const outward = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(Number(port), host);
    const connection = { inward, outward, silent: allSilent };
    connections.push(connection);
    for (const [from, to] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      from.on('data', (bytes) => {
        if (!connection.silent) to.write(bytes);
      });
      // An error closes it, and there nothing else is to be done.
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!connection.silent) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const way = new URL(url);
  way.hostname = '127.0.0.1';
  way.port = typeof address === 'object' && address !== null ? String(address.port) : '';

  return {
    url: way.href,
    fallSilent(which) {
      allSilent = which === 'all';
      for (const connection of connections) connection.silent = true;
    },
    async [Symbol.asyncDispose]() {
      for (const { inward, outward } of connections) {
        inward.destroy();
        outward.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
