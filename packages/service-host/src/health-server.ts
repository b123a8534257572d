import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '@odst/telemetry';
import { explainListenError } from './listen-error.ts';
import { isReady, type ReadinessSnapshot, readinessLines } from './readiness.ts';

/** A listener for health checks. Disposing closes it and its connections. */
export interface HealthServer extends AsyncDisposable {
  /** The port that it got. */
  readonly port: number;
}

/**
 * Answers `GET /healthz` (200 while the process lives), `GET /readyz` (200 or 503, a line per dependency) and `GET /metrics` for a
 * service that runs as a process of its own. No login; nothing else is served.
 * @param options.port 0 takes any free one
 * @throws OdstError COMMON_SETTING_INVALID when it cannot listen there
 */
export async function startHealthServer(options: {
  readonly host: string;
  readonly port: number;
  readonly readiness: () => ReadinessSnapshot;
  readonly metrics: Pick<Metrics, 'page' | 'contentType'>;
}): Promise<HealthServer> {
  const server = createServer((request, response) =>
    answer(request, response, options).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`${String(error)}\n`);
    }),
  );
  try {
    server.listen(options.port, options.host);
    await once(server, 'listening');
  } catch (error) {
    throw explainListenError(error, { ...options, portSetting: 'ODST_HEALTH_PORT' });
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

type Answers = Pick<Parameters<typeof startHealthServer>[0], 'readiness' | 'metrics'>;

async function answer(request: IncomingMessage, response: ServerResponse, { readiness, metrics }: Answers): Promise<void> {
  // As the routes take paths: repeated slashes are one, and one at the end counts for nothing.
  const path = request.url
    ?.split('?', 1)[0]
    ?.replaceAll(/\/{2,}/g, '/')
    .replace(/\/$/, '');
  const send = (status: number, body: string, headers = {}) =>
    response
      .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers })
      .end(body);
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') send(404, 'not found\n');
  else if (request.method !== 'GET' && request.method !== 'HEAD') send(405, 'method not allowed\n', { allow: 'GET, HEAD' });
  else if (path === '/healthz') send(200, 'ok\n');
  else if (path === '/metrics') send(200, await metrics.page(), { 'content-type': metrics.contentType });
  else {
    const snapshot = readiness();
    send(isReady(snapshot) ? 200 : 503, readinessLines(snapshot));
  }
}
