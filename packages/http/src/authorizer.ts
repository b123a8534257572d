import type { AccessServiceService } from '@odst/contracts/registration';
import type { ServiceClient } from '@odst/grpc';
import { type Caller, OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import { traceparentOf } from './request-spans.ts';
import { pathOf } from './request-target.ts';

/** Who a request comes from, in the form that calls to services carry. */
export type Principal = Caller & {
  /** `viewer`, `uploader`, `promoter` or `admin`. */
  readonly role: string;
  /** Stages for which the action is allowed; all where it concerns no stage. */
  readonly stages: readonly string[];
};

/**
 * Asks registration, the one place that decides, whether a request may do what it wants. A request is asked about once, before
 * its body: what happens to the account afterwards does not end it.
 */
export interface Authorizer {
  /**
   * @param action `<resource>:<verb>`, as `packages:upload`
   * @throws OdstError COMMON_LOGIN_REQUIRED, REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_PASSWORD_DEFAULT,
   *   REGISTRATION_LOGIN_LIMITED, COMMON_ACCESS_DENIED
   */
  authorize(request: FastifyRequest, action: string): Promise<Principal>;
}

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Whether a proxy says that it sent the request on. */
export function isForwarded({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return forwardingHeaders.some((name) => headers[name] !== undefined);
}

/** Builds the authorizer over registration's client. */
export function createAuthorizer(access: ServiceClient<typeof AccessServiceService>): Authorizer {
  return {
    async authorize(request, action) {
      const remoteAddress = request.ip ?? '';
      const traceparent = traceparentOf(request);
      const { actor, role, stages } = await access.authorize({
        authorization: request.headers.authorization ?? '',
        remoteAddress,
        forwarded: isForwarded(request),
        host: request.headers.host ?? '',
        method: request.method,
        path: pathOf(request.url),
        action,
      });
      return { actor, role, stages, remoteAddress, correlationId: request.id, causationId: '', traceparent };
    },
  };
}

/**
 * Holds the stage of a request, once it is known, against what the caller was let in for. A refusal is logged, as registration
 * logs its own.
 * @throws OdstError COMMON_ACCESS_DENIED with `stage`
 */
export function assertStage(request: FastifyRequest, principal: Principal, stage: string): void {
  const { actor, remoteAddress, stages } = principal;
  if (stages.includes(stage)) return;
  const refusal = new OdstError('COMMON_ACCESS_DENIED', `${actor} may do this for ${stages.join(', ')}, not for ${stage}`, {
    stage,
  });
  const { method, url } = request;
  const who = { actor, remoteAddress, method, path: pathOf(url) };
  request.log.warn({ ...who, code: refusal.code, reason: refusal.message }, 'refused a request');
  throw refusal;
}
