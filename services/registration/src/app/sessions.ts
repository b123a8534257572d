import type { EventMetadata } from '@odst/event-store';
import { type Clock, OdstError } from '@odst/kernel';
import { isFromHere, isUnderStrangeName, type RequestOrigin } from '../domain/known-host.ts';
import { activityStepMs, expiredAt, expiryOf, mostSessions, sessionStream } from '../domain/session.ts';
import type { Accounts, OwnChange } from './accounts.ts';
import type { Credential } from './basic-credential.ts';
import type { CredentialCheck } from './credential-check.ts';
import { sha256Bytes } from './digest.ts';
import type { Directory, KnownAccount } from './directory.ts';
import type { OwnActsLimit } from './own-acts-limit.ts';
import type { Random, SessionRow, SessionRows } from './ports.ts';
import type { Refusals } from './refusals.ts';
import type { Streams } from './streams.ts';

/** A session that has just been started. */
export type StartedSession = {
  readonly session: SessionRow;
  readonly account: KnownAccount;
  /** Value of the cookie. A secret. */
  readonly token: string;
};

/** Logins of browsers. */
export interface Sessions {
  /**
   * Starts a session. Its token is always a new one, whatever the browser had before.
   * @throws OdstError REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_LOGIN_LIMITED, REGISTRATION_PASSWORD_DEFAULT
   */
  start(
    credential: Credential,
    from: RequestOrigin & { readonly userAgent: string },
    metadata: EventMetadata,
  ): Promise<StartedSession>;
  /**
   * The session that a cookie opens, and its account.
   * @param active whether a person is at work, so that it goes on
   * @throws OdstError REGISTRATION_SESSION_OVER for one that has ended, or never was
   */
  verify(token: string, active: boolean): Promise<{ readonly session: SessionRow; readonly account: KnownAccount }>;
  /** Ends one. @param username whose it has to be; undefined for anybody's @throws OdstError REGISTRATION_SESSION_UNKNOWN */
  end(sessionId: string, username: string | undefined, metadata: EventMetadata): Promise<void>;
  /** Those that have not ended, of an account or of all, the latest first. */
  list(username: string | undefined): Promise<readonly SessionRow[]>;
  /**
   * Sets another password for who gives the one before, from any machine: with the documented default password that is all that one can do
   * from elsewhere. The account's other sessions end, and the one that goes on is opened by another token: whoever had its cookie too is out.
   * @throws OdstError REGISTRATION_CREDENTIALS_INVALID, REGISTRATION_LOGIN_LIMITED, REGISTRATION_ACCOUNT_INVALID
   * @throws OdstError REGISTRATION_PASSWORD_DEFAULT where a page elsewhere may have this machine's own browser do it
   * @param from.session value of the cookie of the account's session that goes on; empty for none
   * @returns the new value of that cookie, a secret; empty for none
   */
  changePassword(
    credential: Credential & { readonly newPassword: string },
    from: RequestOrigin & { readonly session: string },
    metadata: EventMetadata,
  ): Promise<string>;
  /** Removes what has expired. */
  forgetExpired(): Promise<void>;
}

export type SessionsDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly credentials: CredentialCheck;
  readonly accounts: Pick<Accounts, 'setPassword'>;
  readonly rows: SessionRows;
  readonly random: Random;
  readonly clock: Clock;
  readonly refusals: Pick<Refusals, 'watch'>;
  readonly ownActs: OwnActsLimit;
};

const longestUserAgent = 300;

/** Refuses the documented default password where a request does not come from this machine. @throws OdstError REGISTRATION_PASSWORD_DEFAULT */
export function assertOwnPassword(account: KnownAccount, origin: RequestOrigin, directory: Directory): void {
  if (!account.defaultPassword || isFromHere(origin, directory.server().profile.url)) return;
  throw new OdstError(
    'REGISTRATION_PASSWORD_DEFAULT',
    "the documented default password works from the server's own machine only; from here it only sets another one",
  );
}

/**
 * A server that listens on loopback alone is out of everybody's reach, except for pages in the browser of who sits there. Such a page would
 * set a password of its own in place of the documented one. @throws OdstError REGISTRATION_PASSWORD_DEFAULT
 */
function assertOwnName(account: KnownAccount, origin: RequestOrigin, directory: Directory): void {
  if (!account.defaultPassword || !isUnderStrangeName(origin, directory.server().profile.url)) return;
  throw new OdstError(
    'REGISTRATION_PASSWORD_DEFAULT',
    'in place of the documented default password another one is set under localhost, an address or the name in ODST_PUBLIC_URL, as a page of another server could make up any other name',
  );
}

/** Builds the use cases. A session is looked up at each request, so that one that is ended is ended at once, in all processes. */
export function createSessions(deps: SessionsDeps): Sessions {
  const { streams, directory, rows, random, clock } = deps;
  const logIn = createLogIn(deps);

  const find = async (token: string) => {
    const session = token.length > 200 ? undefined : await rows.find(hashOf(token));
    const account = session && directory.account(session.username);
    if (session === undefined || account?.passwordSecretId !== session.passwordSecretId) return undefined;
    return expiryOf(session) > clock.now() ? { session, account } : undefined;
  };

  return {
    async start(credential, { userAgent, ...origin }, metadata) {
      const account = await logIn('/api/v1/session', credential, origin, (known) => {
        assertOwnPassword(known, origin, directory);
        deps.ownActs.count(known.username);
      });
      const token = newToken(random);
      const now = clock.now();
      const session: SessionRow = {
        sessionId: random.uuid(),
        tokenHash: hashOf(token),
        username: account.username,
        passwordSecretId: account.passwordSecretId,
        startedAt: now,
        activeAt: now,
        remoteAddress: origin.remoteAddress,
        userAgent: printable(userAgent),
      };
      await streams.sessions.run({
        stream: sessionStream(session.sessionId),
        command: () => ({ type: 'StartSession', ...session }),
        metadata: { ...metadata, actor: `account:${account.username}` },
        alongside: (transaction) => rows.add(transaction, session, mostSessions),
      });
      return { session, account, token };
    },
    async verify(token, active) {
      const found = await find(token);
      if (found === undefined) throw new OdstError('REGISTRATION_SESSION_OVER', 'the session has ended; log in again');
      const { session } = found;
      const now = clock.now();
      if (active && now.getTime() - session.activeAt.getTime() >= activityStepMs) await rows.touch(session.sessionId, now);
      return found;
    },
    async end(sessionId, username, metadata) {
      await streams.sessions.run({
        stream: sessionStream(sessionId),
        command: () => ({ type: 'EndSession', sessionId, username }),
        metadata,
        alongside: (transaction) => rows.remove(transaction, sessionId),
      });
    },
    async list(username) {
      const now = clock.now();
      const all = await rows.list(username);
      return all.filter(
        (session) =>
          expiryOf(session) > now && directory.account(session.username)?.passwordSecretId === session.passwordSecretId,
      );
    },
    changePassword: createChangePassword(deps, logIn, find),
    async forgetExpired() {
      await rows.forgetExpired(expiredAt(clock.now()));
    },
  };
}

function createChangePassword(
  { accounts, directory, rows, random, ownActs }: SessionsDeps,
  logIn: ReturnType<typeof createLogIn>,
  find: (token: string) => Promise<{ readonly session: SessionRow; readonly account: KnownAccount } | undefined>,
): Sessions['changePassword'] {
  return async ({ newPassword, ...credential }, { session, ...origin }, metadata) => {
    const { username, passwordSecretId } = await logIn('/api/v1/session/password', credential, origin, (known) => {
      assertOwnName(known, origin, directory);
      ownActs.count(known.username);
    });
    const found = session === '' ? undefined : await find(session);
    const kept = found?.account.username === username ? found.session : undefined;
    const token = newToken(random);
    const own: OwnChange = {
      inPlaceOf: passwordSecretId,
      async alongside(transaction, id) {
        if (kept === undefined) return;
        await rows.carryOver(transaction, kept.sessionId, { passwordSecretId: id, tokenHash: hashOf(token) });
      },
    };
    await accounts.setPassword(username, newPassword, { ...metadata, actor: `account:${username}` }, own);
    return kept === undefined ? '' : token;
  };
}

/** Checks a name and a password; what is refused is noted for the audit. @param check may refuse what was right */
function createLogIn({ credentials, refusals }: Pick<SessionsDeps, 'credentials' | 'refusals'>) {
  return (
    path: string,
    credential: Credential,
    { remoteAddress }: { readonly remoteAddress: string },
    check: (account: KnownAccount) => void = () => undefined,
  ): Promise<KnownAccount> => {
    const attempt = { username: credential.username, remoteAddress, method: 'POST', path, action: '' };
    return refusals.watch(
      () => attempt,
      async () => {
        const account = await credentials.verify(credential, remoteAddress);
        check(account);
        return account;
      },
    );
  };
}

function newToken(random: Pick<Random, 'bytes'>): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

function hashOf(token: string): Uint8Array {
  return sha256Bytes(Buffer.from(token));
}

/** What a browser calls itself goes into lists and events: nothing that a terminal or a log would act on. */
function printable(userAgent: string): string {
  return userAgent.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ').slice(0, longestUserAgent);
}
