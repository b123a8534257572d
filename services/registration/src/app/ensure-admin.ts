import { serviceMetadata } from '@odst/event-store';
import { documentedPassword, OdstError } from '@odst/kernel';
import { accountStream } from '../domain/account.ts';
import type { Directory } from './directory.ts';
import type { PasswordHasher, Random, Secrets } from './ports.ts';
import type { Streams } from './streams.ts';

/** Name of the account that every server has. */
export const adminUsername = 'admin';

/** The documented default password. It works from the server's own machine only. */
export const defaultAdminPassword = documentedPassword;

const longestPassword = 1_000;

export type EnsureAdminDeps = {
  readonly directory: Pick<Directory, 'catchUp' | 'accounts'>;
  readonly streams: Streams;
  readonly secrets: Secrets;
  readonly hasher: PasswordHasher;
  readonly random: Random;
};

/**
 * Makes the account `admin` where no account is an admin, as at the first start: one that another admin removed stays away. Later the account's own password rules; only while it is still the
 * documented default one, a password from the environment replaces it.
 * @param password ODST_ADMIN_PASSWORD; undefined for the default
 * @returns whether the account has the documented password
 * @throws OdstError COMMON_SETTING_INVALID for an empty or over-long password
 */
export async function ensureAdmin(deps: EnsureAdminDeps, password: string | undefined): Promise<boolean> {
  if (password === '' || (password?.length ?? 0) > longestPassword) {
    throw new OdstError('COMMON_SETTING_INVALID', `ODST_ADMIN_PASSWORD has 1 to ${longestPassword} characters`);
  }
  const { directory, streams, secrets, hasher, random } = deps;
  await directory.catchUp();
  const isLed = directory.accounts().some(({ role }) => role === 'admin');
  const chosen = password ?? defaultAdminPassword;
  const defaultPassword = chosen === defaultAdminPassword;
  const account = { username: adminUsername, passwordSecretId: random.uuid(), defaultPassword };
  const accountId = random.uuid();
  let hash = Buffer.alloc(0);
  let replacedSecretId: string | undefined;
  const { state } = await streams.accounts.run({
    stream: accountStream(adminUsername),
    command: async (present) => {
      if (present === undefined ? isLed : defaultPassword || !present.defaultPassword) return undefined;
      hash = Buffer.from(await hasher.hash(chosen));
      replacedSecretId = present?.passwordSecretId;
      return present === undefined
        ? { type: 'CreateAccount', role: 'admin', accountId, ...account }
        : { type: 'ChangePassword', ...account };
    },
    metadata: serviceMetadata('registration', random.uuid()),
    alongside: async (transaction) => {
      await secrets.write(transaction, account.passwordSecretId, hash);
      if (replacedSecretId !== undefined) await secrets.remove(transaction, replacedSecretId);
    },
  });
  return state?.defaultPassword ?? false;
}
