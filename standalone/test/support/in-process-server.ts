import { createHost } from '@odst/service-host';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, freePort, temporaryDirectory } from '@odst/testing';
import { readStandaloneSettings, startStandalone } from '../../src/index.ts';

/** The header by which a client logs in as `admin`. */
export const authorization = basic('admin', 'ods1234!');

/** The header of HTTP Basic. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A whole server in this process, on a database of its own. @param bus settings of the bus; none for PostgreSQL */
export async function startServer(bus: Readonly<Record<string, string>> = {}) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const folder = stack.use(await temporaryDirectory());
  const port = await freePort();
  const logger = createSilentLogger();
  const host = createHost({ logger });
  stack.defer(() => host.stop('the test is over'));
  const environment = { DATABASE_URL: database.url, ODST_DATA_DIR: folder.path, ODST_PORT: `${port}`, ...bus };
  await startStandalone({ settings: readStandaloneSettings(environment), host, logger, logFormat: 'json' });
  const running = stack.move();
  return {
    url: `http://127.0.0.1:${port}`,
    databaseUrl: database.url,
    dataDir: folder.path,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
