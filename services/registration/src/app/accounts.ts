import { createKeyedLock } from '@odst/async';
import type { EventMetadata } from '@odst/event-store';
import { OdstError, type Stage } from '@odst/kernel';
import { accountStream, checkPassword, checkUsername } from '../domain/account.ts';
import { checkStages, isFullAdmin, type Right, type Role } from '../domain/roles.ts';
import type { Directory, KnownAccount } from './directory.ts';
import { defaultAdminPassword } from './ensure-admin.ts';
import { assertVersion } from './expected-version.ts';
import type { PasswordHasher, Random, Secrets } from './ports.ts';
import type { Streams } from './streams.ts';

/** A new account. */
export type NewAccount = {
  readonly username: string;
  /** A secret. */
  readonly password: string;
  readonly role: Role;
  /** None for all. */
  readonly stages: readonly string[];
};

/** What of an account is to be another; what is not set stays. */
export type AccountChanges = {
  readonly role?: Role | undefined;
  readonly stages?: readonly Stage[] | undefined;
  /** A secret. */
  readonly password?: string | undefined;
};

/** Who may log in. */
export interface Accounts {
  /** @throws OdstError REGISTRATION_ACCOUNT_INVALID, REGISTRATION_ACCOUNT_TAKEN */
  create(account: NewAccount, metadata: EventMetadata): Promise<KnownAccount>;
  /**
   * Changes all of it or nothing; with another password all sessions of the account end.
   * @param expectedVersion version of the account that the admin saw. Default 0, whatever there is
   * @throws OdstError REGISTRATION_ACCOUNT_UNKNOWN, REGISTRATION_ACCOUNT_INVALID, REGISTRATION_ACCOUNT_LAST_ADMIN,
   *   COMMON_COMMAND_CONFLICT at another version than the expected one
   */
  change(username: string, changes: AccountChanges, metadata: EventMetadata, expectedVersion?: bigint): Promise<KnownAccount>;
  /** What it started and issued opens nothing any more. @throws OdstError as {@link change} */
  remove(username: string, metadata: EventMetadata, expectedVersion?: bigint): Promise<void>;
  /**
   * Sets another password: all sessions of the account end.
   * @throws OdstError REGISTRATION_CREDENTIALS_INVALID where it is in place of one that is the account's no more
   */
  setPassword(username: string, password: string, metadata: EventMetadata, own?: OwnChange): Promise<void>;
}

/** A change by who gave the password so far. */
export type OwnChange = {
  /** Of the password that was given: where an admin changes it at the same moment, theirs counts. */
  readonly inPlaceOf: string;
  /** Writes in the transaction of the event, with the id of the new password. */
  readonly alongside: (transaction: unknown, passwordSecretId: string) => Promise<void>;
};

export type AccountsDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly secrets: Pick<Secrets, 'write' | 'remove'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly random: Pick<Random, 'uuid'>;
};

/** Builds the use cases. */
export function createAccounts(deps: AccountsDeps): Accounts {
  const { streams, directory } = deps;
  const makePassword = createMakePassword(deps);
  const setPassword = createSetPassword(deps, makePassword);
  // Two admins that remove each other at once would leave none. (Of two processes that do it at the same moment this knows nothing: then
  // the password of `admin` is set anew on the machine.)
  const oneByOne = createKeyedLock();

  const assertNotLastAdmin = async (username: string, changes?: Partial<Right>): Promise<void> => {
    await directory.catchUp();
    const account = directory.account(username);
    if (account === undefined || !isFullAdmin(account)) return;
    if (changes !== undefined && isFullAdmin({ ...account, ...changes })) return;
    if (directory.accounts().some((other) => isFullAdmin(other) && other.username !== username)) return;
    const detail = `${username} is the last account with role admin and all stages; make another one first`;
    throw new OdstError('REGISTRATION_ACCOUNT_LAST_ADMIN', detail, { username });
  };

  return {
    setPassword,
    create: createCreate(deps),
    change: (username, { role, stages, password }, metadata, expectedVersion = 0n) =>
      oneByOne.run('', async () => {
        await assertNotLastAdmin(username, { ...(role && { role }), ...(stages && { stages }) });
        const made = password === undefined ? undefined : await makePassword(username, password);
        let before: string | undefined;
        await streams.accounts.run({
          stream: accountStream(username),
          command: (state, version) => {
            assertVersion(version, expectedVersion);
            before = state?.passwordSecretId;
            return { type: 'ChangeAccount', username, role, stages, passwordSecretId: made?.secretId };
          },
          metadata,
          alongside: async (transaction) => {
            if (made !== undefined) await made.write(transaction, before);
          },
        });
        await directory.catchUp();
        return known(directory.account(username), username);
      }),
    remove: (username, metadata, expectedVersion = 0n) =>
      oneByOne.run('', async () => {
        await assertNotLastAdmin(username);
        let secretId: string | undefined;
        await streams.accounts.run({
          stream: accountStream(username),
          command: (state, version) => {
            assertVersion(version, expectedVersion);
            secretId = state?.passwordSecretId;
            return { type: 'RemoveAccount', username };
          },
          metadata,
          alongside: async (transaction) => {
            if (secretId !== undefined) await deps.secrets.remove(transaction, secretId);
          },
        });
        await directory.catchUp();
      }),
  };
}

/** A new password, whose hash is written in the place of the one before. */
type MadePassword = {
  readonly secretId: string;
  readonly write: (transaction: unknown, before: string | undefined) => Promise<void>;
};

type MakePassword = (username: string, password: string) => Promise<MadePassword>;

function createMakePassword({ secrets, hasher, random }: AccountsDeps): MakePassword {
  return async (username, password) => {
    checkPassword(password, { username, refused: defaultAdminPassword });
    const hash = Buffer.from(await hasher.hash(password));
    const secretId = random.uuid();
    return {
      secretId,
      async write(transaction, before) {
        await secrets.write(transaction, secretId, hash);
        if (before !== undefined) await secrets.remove(transaction, before);
      },
    };
  };
}

function createSetPassword({ streams, directory }: AccountsDeps, makePassword: MakePassword): Accounts['setPassword'] {
  return async (username, password, metadata, { inPlaceOf, alongside }: Partial<OwnChange> = {}) => {
    const { secretId: passwordSecretId, write } = await makePassword(username, password);
    let before: string | undefined;
    await streams.accounts.run({
      stream: accountStream(username),
      command: (state) => {
        before = state?.passwordSecretId;
        return { type: 'ChangePassword', username, passwordSecretId, defaultPassword: false, inPlaceOf };
      },
      metadata,
      alongside: async (transaction) => {
        await write(transaction, before);
        await alongside?.(transaction, passwordSecretId);
      },
    });
    await directory.catchUp();
  };
}

function createCreate({ streams, directory, secrets, hasher, random }: AccountsDeps): Accounts['create'] {
  return async ({ username, password, role, stages }, metadata) => {
    checkUsername(username);
    checkPassword(password, { username, refused: defaultAdminPassword });
    const hash = Buffer.from(await hasher.hash(password));
    const passwordSecretId = random.uuid();
    const { state } = await streams.accounts.run({
      stream: accountStream(username),
      command: () => ({
        type: 'CreateAccount',
        username,
        accountId: random.uuid(),
        role,
        ...(stages.length === 0 ? {} : { stages: checkStages(stages) }),
        passwordSecretId,
        defaultPassword: false,
      }),
      metadata,
      alongside: (transaction) => secrets.write(transaction, passwordSecretId, hash),
    });
    await directory.catchUp();
    return known(state, username);
  };
}

function known(state: KnownAccount | undefined, username: string): KnownAccount {
  if (state !== undefined) return state;
  throw new OdstError('REGISTRATION_ACCOUNT_UNKNOWN', `there is no account ${username}`, { username });
}
