import { METHODS } from 'node:http';
import { type Operation, operations } from '@odst/api';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problem-handlers.ts';
import { pathOf } from './request-target.ts';

/** A route, whichever process of the server has it. */
type Route = { readonly methods: readonly string[]; readonly pattern: RegExp; readonly operation?: Operation | undefined };

/** What file managers and their like send to a share. */
const webDav = ['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK'];

/** Methods of clients that want to leave something here. */
const bringing = ['PUT', 'POST', 'PATCH', 'MKCOL', 'LOCK'];

/**
 * Answers what no route takes before a byte of its body is read: with 404; with 405 and `Allow` where the path has other methods; and
 * `OPTIONS` with 204. The methods are those of the whole server, also where another process of it has the route.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const routes = operations.map((operation) => routeOf([operation.method], operation.url, operation));
  app.addHook('onRoute', ({ method, url, config }) => void routes.push(routeOf([method].flat(), url, config?.operation)));
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    // `*` is the server as a whole (RFC 9110 §7.1): its methods are those of all routes, and it is none of them.
    const found = request.url === '*' ? [] : routesFor(routes, request);
    const allowed = METHODS.filter((one) => takes(request.url === '*' ? routes : found, one));
    return answerFor(request, reply, allowed, found);
  });
}

function routeOf(methods: readonly string[], url: string, operation: Operation | undefined): Route {
  const pattern = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:\w+/g, '[^/]+')
    .replace(/\/\*$/, '(?:/.*)?');
  // OPTIONS there is everywhere. Fastify answers HEAD where there is GET.
  const own = methods.filter((method) => method !== 'OPTIONS');
  return { methods: own.includes('GET') ? [...own, 'HEAD'] : own, pattern: new RegExp(`^${pattern}$`), operation };
}

const takes = (routes: readonly Route[], method: string) => routes.some(({ methods }) => methods.includes(method));

function routesFor(routes: readonly Route[], { method, url }: FastifyRequest): readonly Route[] {
  const path = pathOf(url);
  const found = routes.filter(({ pattern }) => pattern.test(path));
  if (found.length > 0 || method !== 'PUT') return found;
  // `curl -T x.pkg …/upload/` puts the name of the file behind the path.
  const above = path.slice(0, path.lastIndexOf('/'));
  return routes.filter(({ pattern, operation }) => operation?.howTo !== undefined && pattern.test(above));
}

function answerFor(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[], routes: readonly Route[]): void {
  const { method, url } = request;
  const path = pathOf(url);
  if (allowed.length === 0 || allowed.includes(method)) {
    const code = routes[0]?.operation?.unknown ?? 'COMMON_ROUTE_UNKNOWN';
    sendProblem(request, reply, new OdstError(code, `there is nothing at ${path}${hintAt(path)}`));
  } else if (method === 'OPTIONS') {
    reply
      .code(204)
      .header('allow', [...allowed, method].join(', '))
      .send();
  } else {
    reply.header('allow', allowed.join(', '));
    const words = `${path} takes ${allowed.join(', ')}${adviceFor(request, routes)}`;
    sendProblem(request, reply, new OdstError('COMMON_METHOD_NOT_ALLOWED', words));
  }
}

/** What a path that leads nowhere was perhaps meant to be. */
function hintAt(path: string): string {
  if (/\/\.\.?(?:\/|$)/.test(path)) return ': . and .. are not resolved here';
  return /%2F|%5C|\\/.test(path) ? ': only / parts a path, and only as it is' : '';
}

/** What who sends another method is to do instead. */
function adviceFor({ method, protocol, host }: FastifyRequest, routes: readonly Route[]): string {
  const howTo = routes.map(({ operation }) => operation?.howTo).find((text) => text !== undefined);
  if (howTo !== undefined && bringing.includes(method)) return `; ${howTo.replaceAll('{server}', `${protocol}://${host}`)}`;
  return webDav.includes(method) ? '; this is no WebDAV share' : '';
}
