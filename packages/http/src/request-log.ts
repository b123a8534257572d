import { errorRow, isErrorCode } from '@odst/kernel';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Problem } from './problem.ts';
import { inRequestSpan } from './request-spans.ts';

const refusals = new WeakMap<FastifyRequest, Problem>();

/** Longest reason that a line gives: some quote what the client sent. */
const maxReasonLength = 300;

/** Notes the problem that a request is answered with, for its line in the log. */
export function noteRefusal(request: FastifyRequest, problem: Problem): void {
  refusals.set(request, problem);
}

/** Logs each request once, when it was answered: who, what, how it ended. Fastify's own way takes two lines that say less. */
export class RequestLog extends LogController {
  override incomingRequest(): void {
    // The line at the end says it all.
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const problem = refusals.get(request);
    const reason = problem === undefined ? {} : { code: problem.code, reason: problem.detail.slice(0, maxReasonLength) };
    const line = { ...outlineOf(request), status: reply.statusCode, tookMs: Math.round(reply.elapsedTime), ...reason };
    inRequestSpan(request, () => {
      if (error) request.log.error({ ...line, err: error }, 'the answer failed');
      else request.log[levelOf(request, reply.statusCode, problem)](line, 'answered');
    });
  }
}

function levelOf(request: FastifyRequest, status: number, problem: Problem | undefined): 'debug' | 'info' | 'warn' {
  if (status >= 500) return problem !== undefined && isUsual(problem.code) ? 'info' : 'warn';
  return status < 400 && request.routeOptions.config.quiet === true ? 'debug' : 'info';
}

/** Clients of a package that is on its way ask again and again: that is no trouble of this server's. */
function isUsual(code: string): boolean {
  return isErrorCode(code) && errorRow(code).usual === true;
}

/** Logs requests whose client went away before its answer. */
export function logAborts(app: FastifyInstance): void {
  app.addHook('onRequestAbort', async (request) => {
    const level = request.routeOptions.config.quiet === true ? 'debug' : 'info';
    inRequestSpan(request, () => request.log[level](outlineOf(request), 'the client went away'));
  });
}

function outlineOf({ method, url, ip }: FastifyRequest): Readonly<Record<string, unknown>> {
  return { method, url, remoteAddress: ip };
}
