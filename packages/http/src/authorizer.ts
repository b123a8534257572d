import type { AccessServiceService } from '@odst/contracts/registration';
import type { CallContext, ServiceClient } from '@odst/grpc';
import type { FastifyRequest } from 'fastify';
import { traceparentOf } from './traceparent.ts';

/** Who a request comes from, in the form that calls to services carry. */
export type Principal = CallContext & {
  /** `viewer`, `uploader`, `promoter` or `admin`. */
  readonly role: string;
};

/** Asks registration, the one place that decides, whether a request may do what it wants. */
export interface Authorizer {
  /**
   * @param action `<resource>:<verb>`, as `packages:upload`
   * @throws OdstError COMMON_LOGIN_REQUIRED, REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_PASSWORD_DEFAULT,
   *   REGISTRATION_LOGIN_LIMITED, COMMON_ACCESS_DENIED
   */
  authorize(request: FastifyRequest, action: string, stage?: string): Promise<Principal>;
}

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Whether a proxy says that it sent the request on. */
export function isForwarded({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return forwardingHeaders.some((name) => headers[name] !== undefined);
}

/** Builds the authorizer over registration's client. */
export function createAuthorizer(access: ServiceClient<typeof AccessServiceService>): Authorizer {
  return {
    async authorize(request, action, stage = '') {
      const remoteAddress = request.ip ?? '';
      const traceparent = traceparentOf(request);
      const { actor, role } = await access.authorize({
        authorization: request.headers.authorization ?? '',
        remoteAddress,
        forwarded: isForwarded(request),
        host: request.headers.host ?? '',
        method: request.method,
        path: request.url.split('?', 1)[0] ?? '',
        action,
        stage,
      });
      return { actor, role, remoteAddress, correlationId: request.id, causationId: '', traceparent };
    },
  };
}
