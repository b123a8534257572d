import { createHmac } from 'node:crypto';
import { type Clock, OdstError } from '@odst/kernel';
import type { Credential } from './basic-credential.ts';
import type { Directory, KnownAccount } from './directory.ts';
import type { LoginLimit } from './login-limit.ts';
import type { PasswordHasher, Random, Secrets } from './ports.ts';

/** Checks passwords: slowly once, then from memory for a minute. */
export interface CredentialCheck {
  /**
   * The account, when the password is right.
   * @throws OdstError REGISTRATION_CREDENTIALS_INVALID for an unknown account or a wrong password, indistinguishably
   * @throws OdstError REGISTRATION_LOGIN_LIMITED with `retryAfterSeconds` after too many failures from this address
   */
  verify(credential: Credential, remoteAddress: string): Promise<KnownAccount>;
}

const rememberMs = 60_000;
const mostRemembered = 1_000;

export type CredentialCheckDeps = {
  readonly directory: Directory;
  readonly secrets: Secrets;
  readonly hasher: PasswordHasher;
  readonly limit: LoginLimit;
  readonly random: Random;
  readonly clock: Clock;
};

/** Builds the check. A right credential is remembered as an HMAC under a key that lives as long as the process. */
export function createCredentialCheck(deps: CredentialCheckDeps): CredentialCheck {
  const { directory, secrets, hasher, limit, random, clock } = deps;
  const hmacKey = random.bytes(32);
  /** Until when each is good, in milliseconds since 1970. */
  const remembered = new Map<string, number>();
  const running = new Map<string, Promise<boolean>>();
  // Checked for names that do not exist, so that they take as long as those that do.
  let dummyHash: Promise<string> | undefined;

  const markOf = ({ username, password }: Credential, secretId: string) =>
    createHmac('sha256', hmacKey)
      .update(JSON.stringify([username, password, secretId]))
      .digest('base64');

  const hashOf = async (account: KnownAccount | undefined): Promise<string> => {
    if (account !== undefined) return Buffer.from(await secrets.read(account.passwordSecretId)).toString('utf8');
    dummyHash ??= hasher.hash(Buffer.from(random.bytes(16)).toString('hex'));
    return dummyHash;
  };

  const check = async (credential: Credential, account: KnownAccount | undefined): Promise<boolean> => {
    const right = await hasher.verify(await hashOf(account), credential.password);
    return right && account !== undefined;
  };

  const remember = (mark: string, nowMs: number) => {
    for (const [old, untilMs] of remembered) if (untilMs <= nowMs) remembered.delete(old);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(mark, nowMs + rememberMs);
  };

  /** One look at the password; what runs already for the same credential and address is shared. */
  const attempt = (mark: string, key: string, credential: Credential, account: KnownAccount | undefined): Promise<boolean> => {
    const name = `${mark} ${key}`;
    const shared = running.get(name);
    if (shared !== undefined) return shared;
    // Counted before the answer is known: otherwise many guesses at once would pass as one.
    limit.failed(key, clock.now().getTime());
    const checking = check(credential, account)
      .catch((error: unknown) => {
        // Nothing was learnt about the password: the database did not answer.
        limit.succeeded(key);
        throw error;
      })
      .finally(() => running.delete(name));
    running.set(name, checking);
    return checking;
  };

  return {
    async verify(credential, remoteAddress) {
      const account = directory.account(credential.username);
      const mark = markOf(credential, account?.passwordSecretId ?? '');
      const key = JSON.stringify([credential.username, remoteAddress]);
      const nowMs = clock.now().getTime();
      limit.assertOpen(key, nowMs);
      if (account !== undefined && (remembered.get(mark) ?? 0) > nowMs) return account;
      if (!(await attempt(mark, key, credential, account)) || account === undefined) {
        throw new OdstError('REGISTRATION_CREDENTIALS_INVALID', 'the user name or the password is wrong');
      }
      limit.succeeded(key);
      remember(mark, clock.now().getTime());
      return account;
    },
  };
}
