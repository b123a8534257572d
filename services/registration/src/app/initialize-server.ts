import { serviceMetadata } from '@odst/event-store';
import { type Clock, isOdstError, issOf, OdstError } from '@odst/kernel';
import { invitationKeyBytes } from '../domain/invitation.ts';
import type { Policy } from '../domain/policy.ts';
import type { ServerProfile } from '../domain/profile.ts';
import { firstSettings, serverStream } from '../domain/server.ts';
import { nextProfileStamp } from '../domain/signed-profile.ts';
import type { OwnIdentity } from './identity.ts';
import type { HostAddresses, IdentityRegister, KeyPairs, Random, Secrets } from './ports.ts';
import { faultWords, urlFaultOf } from './safe-url.ts';
import { signedProfile } from './sign-profile.ts';
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
  readonly addresses: HostAddresses;
  readonly clock: Clock;
};

/**
 * Opens this server's identity; at the first start it makes one: an Ed25519 pair, the `iss` of it, and an invitation key. Where an
 * admin asked for another one it makes that, with the settings of the one before.
 * @throws OdstError COMMON_SETTING_INVALID for a first value that is not allowed
 * @throws OdstError COMMON_SECRET_UNREADABLE when DATABASE_KEY is not the one that the identity was made with
 */
export async function initializeServer(deps: InitializeServerDeps, settings: FirstSettings): Promise<OwnIdentity> {
  const known = await deps.identities.find();
  if (known !== undefined && !known.renew) return open(deps, known.iss);
  try {
    const iss = known === undefined ? await create(deps, await firstProfile(deps, settings)) : await renew(deps, known.iss);
    return await open(deps, iss);
  } catch (error) {
    // Another process may have made the identity at the same moment; then that one counts.
    const made = await deps.identities.find();
    if (made === undefined || made.renew) throw error;
    return open(deps, made.iss);
  }
}

async function firstProfile(deps: InitializeServerDeps, settings: FirstSettings): Promise<ServerProfile> {
  const first = checked(settings);
  await refusePublicHttp(deps, first);
  return first;
}

/** Another identity with the settings of the one before, which stays known as that of another server. */
async function renew(deps: InitializeServerDeps, before: string): Promise<string> {
  const { state } = await deps.streams.servers.load(serverStream(before));
  if (state === undefined) throw new Error(`the store has no server ${before}, though it is this one`);
  const { name, url, stage, firewalledMode } = state.profile;
  return create(deps, { name, url, stage, firewalledMode }, { iss: before, policy: state.policy });
}

async function create(
  deps: InitializeServerDeps,
  first: ServerProfile,
  before?: { readonly iss: string; readonly policy: Policy },
): Promise<string> {
  const { streams, secrets, identities, keyPairs, random, clock } = deps;
  const invitationKey = random.bytes(invitationKeyBytes);
  const privateKey = keyPairs.generate();
  const [keySecretId, privateKeySecretId] = [random.uuid(), random.uuid()];
  const signer = keyPairs.open(privateKey);
  const { publicKey } = signer;
  const iss = issOf(publicKey);
  const stamp = nextProfileStamp(0n, clock.now().getTime());
  const profile = signedProfile({ ...first, iss, publicKey, stamp }, signer);
  await streams.servers.run({
    stream: serverStream(iss),
    command: () => ({
      ...{ type: 'InitializeServer', profile, keySecretId, privateKeySecretId },
      ...(before === undefined ? {} : { policy: before.policy }),
    }),
    metadata: serviceMetadata('registration', random.uuid()),
    alongside: async (transaction) => {
      await (before === undefined ? identities.keep(transaction, iss) : identities.replace(transaction, before.iss, iss));
      await secrets.write(transaction, keySecretId, invitationKey);
      await secrets.write(transaction, privateKeySecretId, privateKey);
    },
  });
  return iss;
}

/** Where the first value of each setting comes from, by its place in the profile. */
const sources: Readonly<Record<string, readonly [variable: string, example: string]>> = {
  '/name': ['ODST_NAME', 'ODS Berlin'],
  '/stage': ['ODST_STAGE', 'Test'],
  '/url': ['ODST_PUBLIC_URL', 'https://ods.example.org'],
};

function checked({ publicUrl, ...settings }: FirstSettings): ServerProfile {
  try {
    return firstSettings({ ...settings, url: publicUrl });
  } catch (error) {
    if (!isOdstError(error, 'REGISTRATION_SETTING_INVALID')) throw error;
    throw settingInvalid(String(error.details['pointer']), error.message, error);
  }
}

/** A name that is not known yet may be by the time peers come, as where this server is started before its network. */
async function refusePublicHttp({ addresses }: InitializeServerDeps, { url, firewalledMode }: ServerProfile): Promise<void> {
  if (url === '' || firewalledMode || (await urlFaultOf(url, addresses)) !== 'public') return;
  throw settingInvalid('/url', `other servers would refuse this one: ${faultWords(url, 'public')}`);
}

function settingInvalid(pointer: string, fault: string, cause?: Error): OdstError {
  const [variable, example] = sources[pointer] ?? ['ODST_NAME, ODST_STAGE or ODST_PUBLIC_URL', ''];
  const message = `${variable}: ${fault}${example === '' ? '' : `; example: ${variable}=${example}`}`;
  return new OdstError('COMMON_SETTING_INVALID', message, {}, { cause });
}

async function open({ streams, secrets, keyPairs }: InitializeServerDeps, iss: string): Promise<OwnIdentity> {
  const { state } = await streams.servers.load(serverStream(iss));
  if (state === undefined) throw new Error(`the store has no server ${iss}, though it is this one`);
  return { iss, signer: keyPairs.open(await secrets.read(state.privateKeySecretId)) };
}
