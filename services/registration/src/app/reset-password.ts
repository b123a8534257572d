import type { EventMetadata } from '@odst/event-store';
import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { accountStream, checkUsername } from '../domain/account.ts';
import type { Directory } from './directory.ts';
import { adminUsername } from './ensure-admin.ts';
import type { PasswordReset, PasswordResets, Random, Secrets } from './ports.ts';
import type { Streams } from './streams.ts';

/**
 * Does what the owner of the server's machine asks for, if anything: another password of an account, whose sessions end by it. `admin`
 * is made an admin for all stages again, or made anew. What does not count is left aside, with a line in the log.
 * @throws OdstError of the event store; the request stays then
 */
export type TakePasswordReset = () => Promise<void>;

export type ResetPasswordDeps = {
  readonly resets: PasswordResets;
  readonly streams: Pick<Streams, 'accounts'>;
  readonly directory: Pick<Directory, 'catchUp'>;
  readonly secrets: Pick<Secrets, 'write' | 'remove'>;
  readonly random: Pick<Random, 'uuid'>;
  readonly logger: Logger;
};

/** Builds the use case. */
export function createResetPassword({ resets, ...deps }: ResetPasswordDeps): TakePasswordReset {
  const { logger } = deps;
  const refuse = async (reason: string, details: object) => {
    const leftAs = await resets.setAside();
    logger.warn(
      { ...details, reason, leftAs },
      'refused to set a password anew: the request in the data directory does not count',
    );
  };
  return async () => {
    const found = await resets.find();
    if (found === undefined) return;
    if ('fault' in found) return await refuse(found.fault, {});
    const { id, username, requestedBy } = found.reset;
    const who = { username: username.slice(0, 100), requestedBy: requestedBy.slice(0, 100), actor: 'machine' };
    try {
      await reset(found.reset, deps);
    } catch (error) {
      const isWrong = isOdstError(error) && ['REGISTRATION_ACCOUNT_UNKNOWN', 'REGISTRATION_ACCOUNT_INVALID'].includes(error.code);
      if (!isWrong) throw error;
      return await refuse(error.message, who);
    }
    await resets.remove(id);
    logger.warn(who, 'a password was set anew on the machine; the sessions of the account have ended');
  };
}

async function reset(
  { id, username, passwordHash }: PasswordReset,
  { streams, directory, secrets, random }: Omit<ResetPasswordDeps, 'resets'>,
): Promise<void> {
  const source = { actor: 'machine', remoteAddress: '', causationId: '', traceparent: '' };
  const metadata: EventMetadata = { ...source, commandId: id, correlationId: id };
  const passwordSecretId = random.uuid();
  const restored = username === adminUsername ? { adminAccountId: random.uuid() } : {};
  let before: string | undefined;
  await streams.accounts.run({
    stream: accountStream(checkUsername(username)),
    command: (state) => {
      before = state?.passwordSecretId;
      return { type: 'ResetPassword', username, passwordSecretId, ...restored };
    },
    metadata,
    alongside: async (transaction) => {
      await secrets.write(transaction, passwordSecretId, Buffer.from(passwordHash));
      if (before !== undefined) await secrets.remove(transaction, before);
    },
  });
  await directory.catchUp();
}
