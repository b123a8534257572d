import { createHmac } from 'node:crypto';
import { type Clock, OdstError } from '@odst/kernel';
import { networkOf } from '../domain/network-address.ts';
import type { Credential } from './basic-credential.ts';
import type { Directory, KnownAccount } from './directory.ts';
import { createExpiringMarks } from './expiring-marks.ts';
import type { KnownLogins, Login } from './known-logins.ts';
import type { LoginLimit } from './login-limit.ts';
import type { PasswordHasher, Random, Secrets } from './ports.ts';

/** Checks passwords: slowly once, then from memory for a minute. */
export interface CredentialCheck {
  /**
   * The account, when the password is right. While guesses at the account or from the network are limited, only credentials that
   * the network gave rightly within 30 days are; all others are answered alike, right or wrong.
   * @throws OdstError REGISTRATION_CREDENTIALS_INVALID for an unknown account or a wrong password, indistinguishably
   * @throws OdstError REGISTRATION_LOGIN_LIMITED with `retryAfterSeconds` after too many failures
   */
  verify(credential: Credential, remoteAddress: string): Promise<KnownAccount>;
}

const rememberMs = 60_000;
const mostRemembered = 10_000;

export type CredentialCheckDeps = {
  readonly directory: Directory;
  readonly secrets: Pick<Secrets, 'read'>;
  /** Of a hash that is looked at for names that do not exist, so that they take as long as those that do. */
  readonly decoySecretId: string;
  readonly hasher: Pick<PasswordHasher, 'verify'>;
  readonly limit: LoginLimit;
  readonly known: KnownLogins;
  readonly random: Random;
  readonly clock: Clock;
};

/** Builds the check. What is remembered in memory are HMACs of credentials, under a key that lives as long as the process. */
export function createCredentialCheck(deps: CredentialCheckDeps): CredentialCheck {
  const { directory, secrets, hasher, limit, known, random, clock } = deps;
  const hmacKey = random.bytes(32);
  const right = createExpiringMarks(mostRemembered);
  const missed = createExpiringMarks(mostRemembered);
  const running = new Map<string, Promise<void>>();

  const markOf = ({ username, password, secretId }: Login, network: string) =>
    createHmac('sha256', hmacKey)
      .update(JSON.stringify([username, password, secretId, network]))
      .digest('base64');

  /** Looks at the password, and counts that. */
  const guess = async (login: Login, here: string): Promise<void> => {
    const nowMs = clock.now().getTime();
    const everywhere = markOf(login, '');
    const counted = limit.count(login, nowMs);
    let untilMs = right.untilMs(everywhere, nowMs);
    if (untilMs === 0) {
      if (!(await isRight(login).catch(withdraw(counted)))) {
        throw new OdstError('REGISTRATION_CREDENTIALS_INVALID', 'the user name or the password is wrong');
      }
      untilMs = clock.now().getTime() + rememberMs;
      right.add(everywhere, untilMs, nowMs);
    }
    counted.right();
    right.add(here, untilMs, nowMs);
    await known.remember(login);
  };

  const isRight = async ({ username, secretId, password }: Login): Promise<boolean> => {
    const hash = await secrets.read(secretId === '' ? deps.decoySecretId : secretId).catch(async (error: unknown) => {
      // The password may just have been changed, by another process too, which is not known here yet.
      await directory.catchUp();
      if (directory.account(username)?.passwordSecretId === secretId) throw error;
    });
    if (hash === undefined) return false;
    return (await hasher.verify(Buffer.from(hash).toString('utf8'), password)) && secretId !== '';
  };

  /**
   * Lets in what this network gave rightly before. The looks of an account from a network are bounded, also at what is remembered:
   * each tells whether a password is the right one.
   */
  const recognise = async (login: Login, here: string, waitMs: number): Promise<void> => {
    const nowMs = clock.now().getTime();
    const remembered = right.has(here, nowMs);
    // The same wrong credentials again, as of a script that nobody told of a new password, need no look.
    if ((!remembered && missed.has(here, nowMs)) || !limit.look(login, nowMs)) throw limited(waitMs);
    if (!remembered && !(await known.has(login))) {
      missed.add(here, nowMs + rememberMs, nowMs);
      throw limited(waitMs);
    }
    limit.lookWasRight(login);
    if (remembered) return;
    right.add(here, nowMs + rememberMs, nowMs);
    await known.remember(login);
  };

  /** Requests that come together with the same credentials from the same network share one look. */
  const shared = (here: string, look: () => Promise<void>): Promise<void> => {
    const looking = running.get(here) ?? look().finally(() => running.delete(here));
    running.set(here, looking);
    return looking;
  };

  return {
    async verify(credential, remoteAddress) {
      const account = directory.account(credential.username);
      const login = { ...credential, secretId: account?.passwordSecretId ?? '', network: networkOf(remoteAddress) };
      const here = markOf(login, login.network);
      const nowMs = clock.now().getTime();
      const waitMs = limit.waitMs(login, nowMs);
      if (waitMs > 0) await shared(here, () => recognise(login, here, waitMs));
      else if (!right.has(here, nowMs)) await shared(here, () => guess(login, here));
      if (account === undefined) throw new Error('credentials of an account that does not exist were taken for right');
      return account;
    },
  };
}

function limited(waitMs: number): OdstError {
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  return new OdstError('REGISTRATION_LOGIN_LIMITED', `too many failed logins; try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}

/** For when nothing was learnt about the password, as the database did not answer. */
function withdraw(counted: { withdrawn(): void }): (error: unknown) => never {
  return (error) => {
    counted.withdrawn();
    throw error;
  };
}
