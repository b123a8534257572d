import type { Authorizer, Principal } from '@odst/http';
import type { FastifyRequest } from 'fastify';

/** Lets requests in before their body is read: who has not the right learns nothing of what a body should be. */
export type Admission = {
  /** For the route's options. */
  readonly onRequest: (request: FastifyRequest) => Promise<void>;
  /** Who was let in. */
  principalOf(request: FastifyRequest): Principal;
};

/** Builds the admission of one route. */
export function createAdmission(authorizer: Authorizer, action: string): Admission {
  const principals = new WeakMap<FastifyRequest, Principal>();
  return {
    async onRequest(request) {
      principals.set(request, await authorizer.authorize(request, action));
    },
    principalOf(request) {
      const principal = principals.get(request);
      if (principal === undefined) throw new Error('the request was not authorized');
      return principal;
    },
  };
}
