import { OdstError, type Stage } from '@odst/kernel';
import type { RequestOrigin } from '../domain/known-host.ts';
import { mayDo, type Right, type Role, stagesFor } from '../domain/roles.ts';
import type { ApiTokens } from './api-tokens.ts';
import { bearerOf, parseBasic } from './basic-credential.ts';
import type { CredentialCheck } from './credential-check.ts';
import type { Directory } from './directory.ts';
import type { Refusals } from './refusals.ts';
import { assertOwnPassword, type Sessions } from './sessions.ts';

/** A request to this server's HTTP API. */
export type AccessRequest = RequestOrigin & {
  /** Value of the Authorization header; empty for none. A secret. Where there is one, the session is not looked at. */
  readonly authorization: string;
  /** Value of the session's cookie; empty for none. A secret. */
  readonly session: string;
  /** Whether a person is at work, so that the session goes on. */
  readonly active: boolean;
  /** For the log of refusals. */
  readonly method: string;
  /** For the log of refusals. */
  readonly path: string;
  /** `<resource>:<verb>` */
  readonly action: string;
};

/** Who it is. */
export type Granted = {
  /** `account:<name>`, or `token:<name of its owner>/<name>` */
  readonly actor: string;
  readonly username: string;
  /** Empty for another credential. */
  readonly sessionId: string;
  /** Empty for another credential. */
  readonly tokenId: string;
  /** Stages of account or token, whatever the action. */
  readonly ownStages: readonly Stage[];
  readonly role: Role;
  /** Stages for which the action is allowed, never none; all where it concerns no stage. */
  readonly stages: readonly Stage[];
};

/** Who a credential is of, before it is asked what for. */
type Identified = Pick<Granted, 'actor' | 'username' | 'sessionId' | 'tokenId'> & { readonly right: Right };

/**
 * Checks a credential and the right to an action. Every refusal is logged, with who and from where.
 * @throws OdstError COMMON_LOGIN_REQUIRED, REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_LOGIN_LIMITED,
 *   REGISTRATION_PASSWORD_DEFAULT, REGISTRATION_TOKEN_REFUSED, REGISTRATION_SESSION_OVER, COMMON_ACCESS_DENIED
 */
export type Authorize = (request: AccessRequest) => Promise<Granted>;

/** Builds the use case. */
export function createAuthorize(deps: {
  readonly directory: Directory;
  readonly credentials: CredentialCheck;
  readonly apiTokens: Pick<ApiTokens, 'verify'>;
  readonly sessions: Pick<Sessions, 'verify'>;
  readonly refusals: Pick<Refusals, 'watch'>;
}): Authorize {
  const { directory, credentials, apiTokens, sessions, refusals } = deps;

  const identify = async (request: AccessRequest, name: (username: string, actor?: string) => void): Promise<Identified> => {
    const { authorization, session: cookie, active, remoteAddress } = request;
    const bearer = bearerOf(authorization);
    if (bearer !== undefined) {
      const { token, right } = await apiTokens.verify(bearer, remoteAddress);
      const { username, tokenId } = token;
      const actor = `token:${username}/${token.name}`;
      name(username, actor);
      return { actor, username, sessionId: '', tokenId, right };
    }
    if (authorization === '' && cookie !== '') {
      const { session, account } = await sessions.verify(cookie, active);
      const { username } = account;
      name(username);
      assertOwnPassword(account, request, directory);
      return { actor: `account:${username}`, username, sessionId: session.sessionId, tokenId: '', right: account };
    }
    const credential = parseBasic(authorization);
    name(credential.username);
    const account = await credentials.verify(credential, remoteAddress);
    assertOwnPassword(account, request, directory);
    return { actor: `account:${account.username}`, username: account.username, sessionId: '', tokenId: '', right: account };
  };

  const decide = async (request: AccessRequest, name: (username: string, actor?: string) => void): Promise<Granted> => {
    const { right, ...who } = await identify(request, name);
    const stages = stagesFor(right, request.action);
    if (stages.length > 0) return { ...who, role: right.role, stages, ownStages: right.stages };
    const limited = mayDo(right.role, request.action) ? `, limited to ${right.stages.join(', ') || 'no stage'},` : '';
    const detail = `the role ${right.role}${limited} may not do ${request.action}`;
    throw new OdstError('COMMON_ACCESS_DENIED', detail, { action: request.action, role: right.role });
  };

  return (request) => {
    let who: { readonly username: string; readonly actor?: string | undefined } = { username: '' };
    const { remoteAddress, method, path, action } = request;
    return refusals.watch(
      () => ({ ...who, remoteAddress, method, path, action }),
      () =>
        decide(request, (username, actor) => {
          who = { username, actor };
        }),
    );
  };
}
