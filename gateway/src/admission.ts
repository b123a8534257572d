import type { Authorizer, HttpApp, Principal } from '@odst/http';
import { stages } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';

/** Who was let in, and when. */
type Admitted = { readonly principal: Principal; readonly atMs: number };

const admissions = new WeakMap<FastifyRequest, Admitted>();

/** Bodies of JSON are there by then, unless somebody holds them back. */
const freshMs = 1_000;

/**
 * Lets requests of an application's routes in by the action that each declares, before anything else of them is looked at: who
 * has not the right learns nothing of what parameters and body should be. Where the body came late it is asked again: else who fears to
 * be shut out would hold requests open until then, and have them make an account or a token afterwards.
 * @param nowMs default a clock that only goes forward
 */
export function admitByRight(app: HttpApp, authorizer: Authorizer, nowMs: () => number = () => performance.now()): void {
  const admit = async (request: FastifyRequest): Promise<void> => {
    const atMs = nowMs();
    admissions.set(request, { principal: await authorizer.authorize(request, actionOf(request)), atMs });
  };
  app.addHook('onRequest', admit);
  app.addHook('preValidation', async (request) => {
    const atMs = admissions.get(request)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (request.body !== undefined && nowMs() - atMs > freshMs) await admit(request);
  });
}

/** The action that the route of a request declares. */
export function actionOf({ routeOptions }: FastifyRequest): string {
  const access = routeOptions.config.operation?.access;
  if (typeof access === 'object') return access.action;
  throw new Error(`${routeOptions.method} ${routeOptions.url} declares no action`);
}

/** Names a request as one that may be a repetition: what services did for it under this id they do not do again. */
export function nameRequest(request: FastifyRequest, requestId: string): void {
  const admitted = admissions.get(request);
  if (admitted === undefined) throw new Error('the request was not authorized');
  admissions.set(request, { ...admitted, principal: { ...admitted.principal, requestId } });
}

/** Who was let in. */
export function principalOf(request: FastifyRequest): Principal {
  const admitted = admissions.get(request);
  if (admitted === undefined) throw new Error('the request was not authorized');
  return admitted.principal;
}

/** Whether somebody may do all that an admin may: who is limited to stages sees the Key of no server, and ends nobody else's logins. */
export function isFullAdmin({ role, ownStages }: Principal): boolean {
  return role === 'admin' && stages.every((stage) => ownStages.includes(stage));
}
