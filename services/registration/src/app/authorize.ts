import { OdstError, type Stage } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { isFromHere, type RequestOrigin } from '../domain/known-host.ts';
import { type Role, stagesFor } from '../domain/roles.ts';
import { parseBasic } from './basic-credential.ts';
import type { CredentialCheck } from './credential-check.ts';
import type { Directory } from './directory.ts';
import { logRefusals } from './log-refusals.ts';

/** A request to this server's HTTP API. */
export type AccessRequest = RequestOrigin & {
  /** Value of the Authorization header; empty for none. A secret. */
  readonly authorization: string;
  /** For the log of refusals. */
  readonly method: string;
  /** For the log of refusals. */
  readonly path: string;
  /** `<resource>:<verb>` */
  readonly action: string;
};

/** Who it is. */
export type Granted = {
  /** `account:<name>` */
  readonly actor: string;
  readonly role: Role;
  /** Stages for which the action is allowed, never none; all where it concerns no stage. */
  readonly stages: readonly Stage[];
};

/**
 * Checks a credential and the right to an action. Every refusal is logged, with who and from where.
 * @throws OdstError COMMON_LOGIN_REQUIRED, REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_LOGIN_LIMITED,
 *   REGISTRATION_PASSWORD_DEFAULT, COMMON_ACCESS_DENIED
 */
export type Authorize = (request: AccessRequest) => Promise<Granted>;

/** Builds the use case. */
export function createAuthorize(deps: {
  readonly directory: Directory;
  readonly credentials: CredentialCheck;
  readonly logger: Logger;
}): Authorize {
  const { directory, credentials, logger } = deps;

  const decide = async (request: AccessRequest, name: (username: string) => void): Promise<Granted> => {
    const credential = parseBasic(request.authorization);
    name(credential.username);
    const account = await credentials.verify(credential, request.remoteAddress);
    if (account.defaultPassword && !isFromHere(request, directory.server().profile.url)) {
      throw new OdstError(
        'REGISTRATION_PASSWORD_DEFAULT',
        "the documented default password works from the server's own machine only; start it with ODST_ADMIN_PASSWORD",
      );
    }
    const stages = stagesFor(account, request.action);
    if (stages.length === 0) {
      throw new OdstError('COMMON_ACCESS_DENIED', `the role ${account.role} may not do ${request.action}`, {
        action: request.action,
        role: account.role,
      });
    }
    return { actor: `account:${account.username}`, role: account.role, stages };
  };

  return (request) => {
    let username = '';
    const { remoteAddress, method, path, action } = request;
    return logRefusals(
      logger,
      () => ({ username: username.slice(0, 100), remoteAddress, method, path, action }),
      () =>
        decide(request, (name) => {
          username = name;
        }),
    );
  };
}
