import { changePassword, endSession, listSessions, logIn, logOut, readLogin, routeOf } from '@odst/api';
import {
  assertSameOrigin,
  type HttpApp,
  isForwarded,
  type Principal,
  sessionCookieOf,
  setSessionCookie,
  traceparentOf,
} from '@odst/http';
import { type Caller, stages } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import { isFullAdmin, principalOf } from '../../admission.ts';
import { latestKey, pageOf } from '../../pages.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, roles, timeOf } from '../../wire.ts';

/** `POST /api/v1/session` and `POST /api/v1/session/password`: for who has a password and no session. */
export function loginRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(logIn),
    handler: async (request, reply) => {
      assertLoginPage(request);
      const { headers } = request;
      const { username, password } = request.body;
      const from = { ...originOf(request), userAgent: headers['user-agent'] ?? '' };
      const caller = strangerOf(request);
      const {
        session,
        token,
        role,
        stages: allowed,
      } = await clients.access.startSession({ username, password, ...from }, { caller });
      reply.header('set-cookie', setSessionCookie(request, token)).header('cache-control', 'no-store');
      return loginResource({
        username: session?.username ?? username,
        role,
        stages: allowed,
        expiresAt: timeOf(session?.expiresAt),
      });
    },
  });

  app.route({
    ...routeOf(changePassword),
    handler: async (request, reply) => {
      assertLoginPage(request);
      const change = { ...request.body, ...originOf(request), session: sessionCookieOf(request) };
      const { session } = await clients.access.changePassword(change, { caller: strangerOf(request) });
      if (session !== '') reply.header('set-cookie', setSessionCookie(request, session)).header('cache-control', 'no-store');
      return reply.code(204).send();
    },
  });
}

/** `GET` and `DELETE /api/v1/session`, `GET /api/v1/sessions` and `DELETE /api/v1/sessions/{id}`. */
export function sessionRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(readLogin),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { username, sessionId, role, ownStages } = caller;
      reply.header('cache-control', 'no-store');
      const { sessions } = sessionId === '' ? { sessions: [] } : await clients.access.listSessions({ username }, { caller });
      const session = sessions.find(({ id }) => id === sessionId);
      const expiresAt = session === undefined ? null : timeOf(session.expiresAt);
      return loginResource({ username, role, stages: ownStages, expiresAt }, credentialOf(caller));
    },
  });

  app.route({
    ...routeOf(logOut),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { sessionId, username } = caller;
      if (sessionId !== '') await clients.access.endSession({ sessionId, username }, { caller });
      return reply.header('set-cookie', setSessionCookie(request, undefined)).code(204).send();
    },
  });

  app.route({
    ...routeOf(listSessions),
    handler: async (request) => {
      const caller = principalOf(request);
      const { sessions } = await clients.access.listSessions({ username: ownOf(caller) }, { caller });
      const { username, ...page } = request.query;
      const found = sessions.filter((one) => username === undefined || one.username === username);
      const shown = found.map(({ startedAt, activeAt, expiresAt, ...session }) => ({
        ...session,
        startedAt: timeOf(startedAt),
        activeAt: timeOf(activeAt),
        expiresAt: timeOf(expiresAt),
        current: session.id === caller.sessionId,
      }));
      return pageOf('sessions', shown, page, ({ startedAt, id }) => `${latestKey(new Date(startedAt))} ${id}`);
    },
  });

  app.route({
    ...routeOf(endSession),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      await clients.access.endSession({ sessionId: request.params.id, username: ownOf(caller) }, { caller });
      return reply.code(204).send();
    },
  });
}

/** Whose sessions and tokens somebody may see and end: an admin for all stages everybody's, which an empty name stands for. */
export function ownOf(caller: Principal): string {
  return isFullAdmin(caller) ? '' : caller.username;
}

/** Where the default password is held against. */
function originOf(request: FastifyRequest) {
  return { remoteAddress: request.ip, forwarded: isForwarded(request), host: request.headers.host ?? '' };
}

/** Who has not logged in yet, as calls to services carry it. */
function strangerOf(request: FastifyRequest): Caller {
  return {
    actor: 'anonymous',
    remoteAddress: request.ip,
    correlationId: request.id,
    causationId: '',
    traceparent: traceparentOf(request),
  };
}

function credentialOf({ sessionId, tokenId }: Principal): 'session' | 'token' | 'password' {
  if (sessionId !== '') return 'session';
  return tokenId === '' ? 'password' : 'token';
}

type Login = {
  readonly username: string;
  readonly role: string;
  readonly stages: readonly string[];
  readonly expiresAt: string | null;
};

function loginResource(
  { username, role, stages: allowed, expiresAt }: Login,
  credential: ReturnType<typeof credentialOf> = 'session',
) {
  return { username, role: oneOf(roles, role), stages: allowed.map((stage) => oneOf(stages, stage)), credential, expiresAt };
}

/** A page elsewhere could log a browser in under an account of its own choice. Scripts say nothing of where they come from. */
function assertLoginPage(request: FastifyRequest): void {
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (site !== undefined || origin !== undefined) assertSameOrigin(request);
}
