import type { PasswordHasher, Random, Secrets } from './ports.ts';

/** What checks of logins need besides the accounts. */
export type LoginSecrets = {
  /** Key of the marks of known logins, 32 bytes, the same in all replicas. */
  readonly key: Uint8Array;
  /** Of the hash of a password that nobody knows. It lies where those of accounts do, so that reading it takes as long. */
  readonly decoySecretId: string;
};

const keyId = 'login-key';
const decoySecretId = 'login-decoy';

/** The secrets of logins, made at the first start. */
export async function ensureLoginSecrets(deps: {
  readonly secrets: Pick<Secrets, 'ensure'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly random: Pick<Random, 'bytes'>;
}): Promise<LoginSecrets> {
  const { secrets, hasher, random } = deps;
  const unknown = () => Buffer.from(random.bytes(32)).toString('hex');
  await secrets.ensure(decoySecretId, async () => Buffer.from(await hasher.hash(unknown())));
  return { key: await secrets.ensure(keyId, async () => random.bytes(32)), decoySecretId };
}
