import type { Authorizer, HttpApp, Principal } from '@odst/http';
import type { FastifyRequest } from 'fastify';

const principals = new WeakMap<FastifyRequest, Principal>();

/**
 * Lets requests of an application's routes in by the action that each declares, before anything else of them is looked at: who
 * has not the right learns nothing of what parameters and body should be.
 */
export function admitByRight(app: HttpApp, authorizer: Authorizer): void {
  app.addHook('onRequest', async (request) => {
    principals.set(request, await authorizer.authorize(request, actionOf(request)));
  });
}

/** The action that the route of a request declares. */
export function actionOf({ routeOptions }: FastifyRequest): string {
  const access = routeOptions.config.operation?.access;
  if (typeof access === 'object') return access.action;
  throw new Error(`${routeOptions.method} ${routeOptions.url} declares no action`);
}

/** Who was let in. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error('the request was not authorized');
  return principal;
}
