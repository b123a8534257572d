import { startPeriodic, warnWith } from '@odst/async';
import { type ServiceRuntime, serveDeadLetters, serveProjections } from '@odst/backbone';
import { serveEvents, startGrpcServer } from '@odst/grpc';
import { noFault } from '@odst/kernel';
import { createPeerClient, type PeerErrorCodes, peerOptionsOf } from '@odst/peer-client';
import { type ProjectionRunner, startProjections } from '@odst/projections';
import { createSecretBox, openSecretStore } from '@odst/secrets';
import { createArgon2Hasher } from './adapters/argon2-hasher.ts';
import { dnsHostAddresses } from './adapters/dns-host-addresses.ts';
import { ed25519KeyPairs } from './adapters/ed25519.ts';
import { createTokens } from './adapters/jose-tokens.ts';
import { nodeRandom } from './adapters/node-random.ts';
import { createOwnFolderResets } from './adapters/own-folder-resets.ts';
import { createPasswordResets } from './adapters/password-reset-file.ts';
import { createIdentityRegister } from './adapters/pg-identity-register.ts';
import { createKnownLoginRows } from './adapters/pg-known-logins.ts';
import { loadPeerClocks } from './adapters/pg-peer-clocks.ts';
import { createPeerIds } from './adapters/pg-peer-ids.ts';
import { createProfilePushes } from './adapters/pg-profile-pushes.ts';
import { createRefusalRows } from './adapters/pg-refusals.ts';
import { createReplayGuard } from './adapters/pg-replay-guard.ts';
import { createSessionRows } from './adapters/pg-sessions.ts';
import { createTokenUses } from './adapters/pg-token-uses.ts';
import { createSecrets } from './adapters/stored-secrets.ts';
import { createDirectory, type Directory } from './app/directory.ts';
import { ensureAdmin } from './app/ensure-admin.ts';
import { initializeServer } from './app/initialize-server.ts';
import { ensureLoginSecrets } from './app/login-secrets.ts';
import type { PasswordResets, ReplayGuard } from './app/ports.ts';
import type { Refusals } from './app/refusals.ts';
import { forgetStrangers } from './app/renew-identity.ts';
import { createResetPassword, type ResetPasswordDeps } from './app/reset-password.ts';
import { createStreams } from './app/streams.ts';
import { createUseCases, type UseCases } from './app/use-cases.ts';
import { serveAccess } from './grpc/access-service.ts';
import { serveAccounts, serveApiTokens } from './grpc/accounts-service.ts';
import { servePeers } from './grpc/peers-service.ts';
import { serveServer } from './grpc/server-service.ts';
import { serveTrust } from './grpc/trust-service.ts';
import { accountsProjection } from './projections/accounts-projection.ts';
import { createAccountRows } from './projections/pg-account-rows.ts';
import { createPeerRows } from './projections/pg-peer-rows.ts';
import { serversProjection } from './projections/servers-projection.ts';
import { startProfilePush } from './reactions/profile-push.ts';

/** What registration runs on. */
export type RegistrationDeps = Omit<ServiceRuntime, 'connect'> & {
  /** DATABASE_KEY: 32 bytes each, the newest first. Secrets. */
  readonly databaseKeys: readonly Uint8Array[];
  /** ODST_NAME, at the first start. */
  readonly name: string;
  /** ODST_STAGE, at the first start. */
  readonly stage: string;
  /** ODST_PUBLIC_URL or the listener's URL, at the first start; undefined where nobody knows it. */
  readonly publicUrl: string | undefined;
  /** Whether peers cannot connect, at the first start. Default false. */
  readonly firewalledMode?: boolean;
  /** ODST_ADMIN_PASSWORD. Default the documented one, which works from the server's own machine only. A secret. */
  readonly adminPassword?: string;
  /** Data directory, in which the machine's owner asks for another password. Default none: processes apart share no folder. */
  readonly dataDir?: string;
  /** Where it is a process of its own: the folder that `odst accounts reset-password` writes into. Default none */
  readonly ownFolder?: string;
};

/** A registration service that runs. */
export type RunningRegistration = AsyncDisposable & {
  /** Where gRPC is served, with the port that was taken. */
  readonly address: string;
  /** This server's identity, 32 hex digits. */
  readonly iss: string;
  /** The read models, for their lag. */
  readonly projections: readonly Pick<ProjectionRunner, 'name' | 'lag' | 'failure'>[];
};

/** How registration tells what goes wrong with a peer. */
const peerErrors: PeerErrorCodes = {
  unreachable: 'REGISTRATION_PEER_UNREACHABLE',
  timeout: 'REGISTRATION_PEER_TIMEOUT',
  refused: 'REGISTRATION_PEER_REFUSED',
};

const defaultPasswordAdvice =
  'the account admin has the documented password, which works from this machine only; to change it set ODST_ADMIN_PASSWORD and start again';

/** The store tells of a revocation by another replica; whatever becomes of that, it counts here within this time. */
const followIntervalMs = 10_000;
const forgetIntervalMs = 60_000;
const noteIntervalMs = 5_000;
/** Somebody waits at a terminal for it. */
const resetIntervalMs = 1_000;

/**
 * Makes or opens the server's identity and its admin account, then serves. Disposing stops what runs; all of it goes on
 * at the next start.
 * @throws OdstError COMMON_SETTING_INVALID, COMMON_SECRET_UNREADABLE, COMMON_DATABASE_UNAVAILABLE
 */
export async function startRegistration(deps: RegistrationDeps): Promise<RunningRegistration> {
  const { pool, schema, store, clock, logger, metrics, faultPoint = noFault } = deps;
  await using stack = new AsyncDisposableStack();
  const directory = createDirectory(store);
  const ports = { streams: createStreams(store), directory, ...(await openIdentity(deps, directory)), clock, logger };
  await directory.catchUp();
  await forgetStrangers(ports);

  const projections = stack.use(
    await startProjections({
      pool,
      schema,
      source: store,
      projections: [serversProjection, accountsProjection],
      logger,
      metrics,
      faultPoint,
    }),
  );
  const peerRows = projections.runner(serversProjection.name);
  const accounts = projections.runner(accountsProjection.name);
  const replays = createReplayGuard(pool);
  const useCases = createUseCases({
    ...ports,
    replays,
    tokens: createTokens(),
    clocks: await loadPeerClocks(pool, clock),
    peerIds: createPeerIds(pool),
    rows: createPeerRows(pool, peerRows),
    pushes: createProfilePushes(pool),
    knownLogins: createKnownLoginRows(pool),
    accountRows: createAccountRows(pool, accounts),
    sessionRows: createSessionRows(pool),
    refusalRows: createRefusalRows(pool),
    tokenUses: createTokenUses(pool),
    peers: stack.use(createPeerClient({ codes: peerErrors, ...peerOptionsOf(deps) })),
    addresses: dnsHostAddresses,
  });
  stack.use(startFollowing(directory, deps));
  stack.use(startForgetting(replays, useCases, deps));
  stack.use(startNoting(useCases.refusals, deps));
  if (deps.dataDir !== undefined) stack.use(startPasswordResets(createPasswordResets(deps.dataDir), ports, logger));
  if (deps.ownFolder !== undefined) {
    stack.use(startPasswordResets(stack.use(createOwnFolderResets(deps.ownFolder, logger)), ports, logger));
  }
  const services = [
    serveServer(useCases),
    servePeers(useCases),
    serveTrust(useCases),
    serveAccess(useCases),
    serveAccounts(useCases),
    serveApiTokens(useCases),
    serveEvents(store),
    serveProjections(projections),
    serveDeadLetters(deps),
  ];
  const server = stack.use(await startGrpcServer({ address: deps.address, services, internalToken: deps.internalToken, logger }));
  const { pushProfile, answerRetirement } = useCases;
  stack.use(await startProfilePush({ ...deps, pushProfile, answerRetirement }));
  const running = stack.move();
  return {
    address: server.address,
    iss: ports.identity.iss,
    projections: [peerRows, accounts],
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The identity, the admin account and the secrets of logins, made at the first start. */
async function openIdentity(deps: RegistrationDeps, directory: Directory) {
  const identities = createIdentityRegister(deps.pool);
  const { pool, schema, store, name, stage, publicUrl = '', firewalledMode = false } = deps;
  const box = createSecretBox(deps.databaseKeys);
  const secrets = createSecrets(await openSecretStore({ pool, schema, box }));
  const streams = createStreams(store);
  const hasher = createArgon2Hasher();
  const random = nodeRandom;
  const identity = await initializeServer(
    {
      streams,
      secrets,
      random,
      addresses: dnsHostAddresses,
      clock: deps.clock,
      keyPairs: ed25519KeyPairs,
      identities,
    },
    { name, stage, publicUrl, firewalledMode },
  );
  const hasDefault = await ensureAdmin({ directory, streams, secrets, hasher, random }, deps.adminPassword);
  if (hasDefault) deps.logger.info(defaultPasswordAdvice);
  const loginSecrets = await ensureLoginSecrets({ secrets, hasher, random });
  return { secrets, hasher, random, identity, identities, loginSecrets };
}

/** Keeps the directory at what other replicas did. */
function startFollowing(directory: Directory, { store, logger }: RegistrationDeps): AsyncDisposable {
  const following = startPeriodic({
    name: 'following the directory',
    intervalMs: followIntervalMs,
    run: () => directory.catchUp(),
    onError: warnWith(logger),
  });
  const listening = store.onAppended(() => following.soon());
  return {
    async [Symbol.asyncDispose]() {
      listening[Symbol.dispose]();
      await following[Symbol.asyncDispose]();
    },
  };
}

function startForgetting(
  replays: ReplayGuard,
  { sessions, refusals }: Pick<UseCases, 'sessions' | 'refusals'>,
  { clock, logger }: RegistrationDeps,
): AsyncDisposable {
  const run = async () => {
    await replays.forgetExpired(clock.now().getTime());
    await sessions.forgetExpired();
    await refusals.forgetOld();
  };
  return startPeriodic({
    name: 'forgetting used tokens, sessions that are over and old refusals',
    intervalMs: forgetIntervalMs,
    run,
    onError: warnWith(logger),
  });
}

/** Writes what was refused, and at the end what is left. */
function startNoting(refusals: Pick<Refusals, 'flush'>, { logger }: RegistrationDeps): AsyncDisposable {
  const noting = startPeriodic({
    name: 'noting refusals',
    intervalMs: noteIntervalMs,
    run: () => refusals.flush(),
    onError: warnWith(logger),
  });
  return {
    async [Symbol.asyncDispose]() {
      await noting[Symbol.asyncDispose]();
      await refusals.flush().catch((error: unknown) => logger.warn({ err: error }, 'the last refusals could not be noted'));
    },
  };
}

/** Takes what the machine's owner asks for: at once what waited for the start, then within a second. */
function startPasswordResets(
  resets: PasswordResets,
  deps: Omit<ResetPasswordDeps, 'resets'>,
  logger: RegistrationDeps['logger'],
): AsyncDisposable {
  const run = createResetPassword({ ...deps, resets });
  return startPeriodic({ name: 'setting a password anew', intervalMs: resetIntervalMs, run, onError: warnWith(logger) });
}
