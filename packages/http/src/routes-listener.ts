import { explainListenError, type ListenAddress } from '@odst/service-host';
import type { FastifyPluginAsync } from 'fastify';
import { buildHttpApp, type HttpAppOptions } from './http-app.ts';
import type { HttpApp } from './schemas.ts';

/** HTTP routes of a service, to be registered at a listener: one of its own, or another's. */
export type HttpRoutes = FastifyPluginAsync;

/**
 * Starts a listener for the routes of one service.
 * @param options.port 0 takes any free one
 * @param options.portSetting names the port when nothing can listen there
 * @throws OdstError COMMON_SETTING_INVALID when it cannot listen there
 */
export async function startRoutesListener(
  options: HttpAppOptions & {
    readonly routes: HttpRoutes;
    readonly host: string;
    readonly port: number;
    readonly portSetting: string;
  },
): Promise<AsyncDisposable & { readonly url: string }> {
  const { routes, host, port, portSetting } = options;
  await using stack = new AsyncDisposableStack();
  const app = buildHttpApp(options);
  stack.defer(() => app.close());
  await app.register(routes);
  const url = await listen(app, { host, port, portSetting });
  const running = stack.move();
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/**
 * Lets an application that `buildHttpApp` built listen, and gives its URL. It logs nothing: who starts it tells what serves there.
 * @throws OdstError COMMON_SETTING_INVALID when it cannot listen there
 */
export async function listen(app: HttpApp, at: ListenAddress): Promise<string> {
  const { level } = app.log;
  // Fastify would tell each address, without a word on what listens.
  app.log.level = 'warn';
  try {
    return await app.listen({ host: at.host, port: at.port });
  } catch (error) {
    throw explainListenError(error, at);
  } finally {
    app.log.level = level;
  }
}
