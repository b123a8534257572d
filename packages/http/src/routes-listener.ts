import { explainListenError } from '@odst/service-host';
import type { FastifyPluginAsync } from 'fastify';
import { buildHttpApp, type HttpAppOptions } from './http-app.ts';

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
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw explainListenError(error, { host, port, portSetting });
  });
  const running = stack.move();
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
