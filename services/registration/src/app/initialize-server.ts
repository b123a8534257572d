import { serviceMetadata } from '@odst/event-store';
import { isOdstError, issOf, OdstError } from '@odst/kernel';
import { invitationKeyBytes } from '../domain/invitation.ts';
import { serverStream } from '../domain/server.ts';
import type { OwnIdentity } from './identity.ts';
import type { IdentityRegister, KeyPairs, Random, Secrets } from './ports.ts';
import type { Streams } from './streams.ts';

/** First values of the settings; later the admin's rule. */
export type FirstSettings = {
  /** ODST_NAME */
  readonly name: string;
  /** ODST_STAGE */
  readonly stage: string;
  /** ODST_PUBLIC_URL, or what follows from host and port; empty where nothing does. */
  readonly publicUrl: string;
  readonly firewalledMode: boolean;
};

export type InitializeServerDeps = {
  readonly streams: Streams;
  readonly identities: IdentityRegister;
  readonly secrets: Secrets;
  readonly keyPairs: KeyPairs;
  readonly random: Random;
};

/**
 * Opens this server's identity; at the first start it makes one: an Ed25519 pair, the `iss` of it, and an invitation key.
 * @throws OdstError COMMON_SETTING_INVALID for a first value that is not allowed
 * @throws OdstError COMMON_SECRET_UNREADABLE when DATABASE_KEY is not the one that the identity was made with
 */
export async function initializeServer(deps: InitializeServerDeps, settings: FirstSettings): Promise<OwnIdentity> {
  const known = await deps.identities.find();
  if (known !== undefined) return open(deps, known);
  try {
    return await open(deps, await create(deps, settings));
  } catch (error) {
    // Another process may have made the identity at the same moment; then that one counts.
    const made = await deps.identities.find();
    if (made === undefined) throw error;
    return open(deps, made);
  }
}

async function create({ streams, secrets, identities, keyPairs, random }: InitializeServerDeps, settings: FirstSettings) {
  const invitationKey = random.bytes(invitationKeyBytes);
  const privateKey = keyPairs.generate();
  const [keySecretId, privateKeySecretId] = [random.uuid(), random.uuid()];
  const { name, stage, publicUrl: url, firewalledMode } = settings;
  const { publicKey } = keyPairs.open(privateKey);
  const iss = issOf(publicKey);
  try {
    await streams.servers.run({
      stream: serverStream(iss),
      command: () => ({
        type: 'InitializeServer',
        iss,
        name,
        stage,
        url,
        firewalledMode,
        publicKey,
        keySecretId,
        privateKeySecretId,
      }),
      metadata: serviceMetadata('registration', random.uuid()),
      alongside: async (transaction) => {
        await identities.keep(transaction, iss);
        await secrets.write(transaction, keySecretId, invitationKey);
        await secrets.write(transaction, privateKeySecretId, privateKey);
      },
    });
  } catch (error) {
    if (!isOdstError(error, 'REGISTRATION_SETTING_INVALID')) throw error;
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      `ODST_NAME, ODST_STAGE or ODST_PUBLIC_URL: ${error.message}`,
      {},
      { cause: error },
    );
  }
  return iss;
}

async function open({ streams, secrets, keyPairs }: InitializeServerDeps, iss: string): Promise<OwnIdentity> {
  const { state } = await streams.servers.load(serverStream(iss));
  if (state === undefined) throw new Error(`the store has no server ${iss}, though it is this one`);
  const invitationKey = await secrets.read(state.keySecretId);
  return { iss, invitationKey, signer: keyPairs.open(await secrets.read(state.privateKeySecretId)) };
}
