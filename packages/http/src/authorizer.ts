import type { AccessServiceService } from '@odst/contracts/registration';
import type { ServiceClient } from '@odst/grpc';
import { type Caller, isOdstError, OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';
import { traceparentOf } from './request-spans.ts';
import { pathOf } from './request-target.ts';
import { assertOwnCredential, isSafe, sessionCookieOf } from './session-cookie.ts';

/** Who a request comes from, in the form that calls to services carry. */
export type Principal = Caller & {
  /** `viewer`, `uploader`, `promoter` or `admin`. */
  readonly role: string;
  /** Stages for which the action is allowed; all where it concerns no stage. */
  readonly stages: readonly string[];
  /** Account, or owner of the token. */
  readonly username: string;
  /** Stages of account or token, whatever the action. */
  readonly ownStages: readonly string[];
  /** Session that it came with; empty for another credential. */
  readonly sessionId: string;
  /** Token that it came with; empty for another credential. */
  readonly tokenId: string;
};

/**
 * Asks registration, the one place that decides, whether a request may do what it wants. A request is asked about once, before
 * its body: what happens to the account afterwards does not end it.
 */
export interface Authorizer {
  /**
   * @param action `<resource>:<verb>`, as `packages:upload`
   * @throws OdstError COMMON_LOGIN_REQUIRED, REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_PASSWORD_DEFAULT,
   *   REGISTRATION_LOGIN_LIMITED, REGISTRATION_TOKEN_REFUSED, REGISTRATION_SESSION_OVER, COMMON_ACCESS_DENIED
   * @throws OdstError COMMON_ORIGIN_REFUSED for a request of a browser's that the page of another server made
   */
  authorize(request: FastifyRequest, action: string): Promise<Principal>;
}

const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/**
 * Whether a proxy says that it sent the request on. nginx that was told nothing but where the server is says so by HTTP/1.0 alone, which no
 * browser speaks and curl only where it is asked to: its `Host` names the server, and its socket is of this machine.
 */
export function isForwarded({
  headers,
  raw,
}: Pick<FastifyRequest, 'headers'> & { readonly raw: { httpVersion: string } }): boolean {
  return raw.httpVersion === '1.0' || forwardingHeaders.some((name) => headers[name] !== undefined);
}

type AccessClient = ServiceClient<typeof AccessServiceService>;

/** Where refusals go that registration does not make itself. */
const reports = new WeakMap<FastifyRequest, (refusal: OdstError, actor: string) => void>();

/** Tells registration of a refusal, for the audit. The answer does not wait for it. */
function reporter(access: Pick<AccessClient, 'reportRefusal'>, request: FastifyRequest, action: string) {
  const { method, url, ip: remoteAddress } = request;
  return ({ code }: OdstError, actor: string): void => {
    const who = { actor, remoteAddress, code, action, method, path: pathOf(url) };
    const refusal = { ...who, id: 0n, count: 1n, firstAt: undefined, lastAt: undefined };
    access.reportRefusal({ refusal }).catch((error: unknown) => {
      request.log.warn({ err: error, code }, 'a refusal could not be noted for the audit');
    });
  };
}

/** Builds the authorizer over registration's client. */
export function createAuthorizer(
  access: Pick<AccessClient, 'authorize'> & Partial<Pick<AccessClient, 'reportRefusal'>>,
): Authorizer {
  const { reportRefusal } = access;
  return {
    async authorize(request, action) {
      const remoteAddress = request.ip ?? '';
      const traceparent = traceparentOf(request);
      if (reportRefusal !== undefined) reports.set(request, reporter({ reportRefusal }, request, action));
      const { authorization = '' } = request.headers;
      const session = authorization === '' ? sessionCookieOf(request) : '';
      try {
        assertOwnCredential(request);
      } catch (error) {
        if (isOdstError(error)) reports.get(request)?.(error, '');
        throw error;
      }
      const granted = await access.authorize({
        authorization,
        session,
        active: !isSafe(request) || request.headers['odst-active'] === 'true',
        remoteAddress,
        forwarded: isForwarded(request),
        host: request.headers.host ?? '',
        method: request.method,
        path: pathOf(request.url),
        action,
      });
      return { ...granted, remoteAddress, correlationId: request.id, causationId: '', traceparent };
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
  reports.get(request)?.(refusal, actor);
  throw refusal;
}
