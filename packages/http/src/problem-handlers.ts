import { isOdstError } from '@odst/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fromFramework } from './framework-error.ts';
import { toProblem } from './problem.ts';
import { noteRefusal } from './request-log.ts';
import { inRequestSpan, noteFailure, traceIdOf } from './request-spans.ts';
import { pathOf } from './request-target.ts';
import { isFromPage } from './session-cookie.ts';

const authenticate = 'Basic realm="Open Distribution Server", charset="UTF-8"';
/** Browsers ask for a password by themselves where they are told of Basic. A page asks for it in its own form. */
const authenticatePage = 'Bearer realm="Open Distribution Server"';
/** Other servers sign their requests: a password would be of no use to them. */
const authenticatePeer = 'ODST realm="peers"';
const peerPaths = '/api/ods/';

/** Answers a request with the problem document of `error`; logs what is a defect. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const translated = fromFramework(error, request);
  const problem = toProblem(translated, pathOf(request.url), traceIdOf(request), request.routeOptions?.config?.operation);
  if (problem.status === 500) inRequestSpan(request, () => request.log.error({ err: error }, 'request failed'));
  noteRefusal(request, problem);
  noteFailure(request, translated);
  // A problem is no file to be saved.
  reply.removeHeader('content-disposition');
  if (problem.status === 401) reply.header('www-authenticate', schemeFor(request));
  const { retryAfterSeconds, signedTime } = isOdstError(translated) ? translated.details : {};
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
  // A peer whose clock differs signs once more with this server's time.
  if (typeof signedTime === 'string') reply.header('odst-time', signedTime);
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

/** How the client of a request can log in. */
function schemeFor(request: FastifyRequest): string {
  if (request.url.startsWith(peerPaths)) return authenticatePeer;
  return isFromPage(request) ? authenticatePage : authenticate;
}

/** Makes every error of the app a problem document. */
export function installProblemDetails(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
}
