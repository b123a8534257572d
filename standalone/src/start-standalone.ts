import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { startServices } from '@odst/backbone';
import { openSocketFolder, startEmbeddedPostgres, takeDirectoryLock } from '@odst/embedded-postgres';
import { type Clock, type FaultPoint, noFault, OdstError } from '@odst/kernel';
import { dropOlderKeys, loadOrCreateKeyFile } from '@odst/secrets';
import { readPeerCa, runServer, type ServerContext, useListenerTls } from '@odst/service-host';
import { createMetrics, type Logger } from '@odst/telemetry';
import { definitions, firstUrlOf, readStandaloneSettings, type StandaloneSettings } from './definitions.ts';
import { reportStart } from './start-report.ts';

/** What tests replace. */
export type StandaloneOverrides = {
  /** Default the system's clock. */
  readonly clock?: Clock;
  /** Default none. */
  readonly faultPoint?: FaultPoint;
};

const systemClock: Clock = { now: () => new Date() };

/** The whole of `main.js`: a server in this process, until a signal ends it. */
export function runStandalone(overrides: StandaloneOverrides = {}): Promise<never> {
  return runServer({
    name: 'odst',
    logTo: 'stderr',
    readSettings: readStandaloneSettings,
    start: (context) => startStandalone(context, overrides),
  });
}

/**
 * Starts a whole server in this process: the embedded PostgreSQL unless DATABASE_URL names another, and every service, with all HTTP
 * routes on one listener. The services reach each other with the same generated clients as between processes, over Unix sockets.
 * Prints the ready line when, and only when, it serves.
 */
export async function startStandalone(
  context: ServerContext<StandaloneSettings>,
  overrides: StandaloneOverrides = {},
): Promise<void> {
  const { host, logger } = context;
  const { clock = systemClock, faultPoint = noFault } = overrides;
  const metrics = createMetrics({ logger });
  const peerCa = readPeerCa(context.settings);
  const tls = await useListenerTls(context, { metrics, clock });
  const dataDir = await makeDataDirectory(context.settings.ODST_DATA_DIR);
  await host.use('data directory', () => takeDirectoryLock(join(dataDir, 'lock'), dataDir));
  const databaseUrl = context.settings.DATABASE_URL ?? (await startDatabase(context, dataDir));
  const sockets = await host.use('sockets', () => openSocketFolder({ dataDir, purpose: 'services', logger }));
  const addressOf = (service: string) => `unix:${join(sockets.path, `${service}.sock`)}`;
  const settings = await completed(context.settings, dataDir);
  const services = await startServices({
    context: { ...context, settings },
    definitions,
    isShared: true,
    databaseUrl,
    passwordOf: () => undefined,
    internalToken: randomBytes(32).toString('base64url'),
    listenAt: addressOf,
    addressOf,
    metrics,
    clock,
    faultPoint,
    tls,
    peerCa,
  });
  if (context.settings.DATABASE_KEY === undefined) await endKeyChange(settings, dataDir, logger);
  const address = services.of('gateway').url;
  await reportStart(context, { address, dataDir, registration: services.connect('gateway', 'registration') });
  host.readiness.set('server', true);
  process.stdout.write(`ODST ready at ${address}\n`);
}

/** What a server in one process makes up where nothing is set, as it has a folder and the listener that peers connect to. */
async function completed(settings: StandaloneSettings, dataDir: string): Promise<StandaloneSettings> {
  const keys = settings.DATABASE_KEY ?? (await loadOrCreateKeyFile(keyFileOf(dataDir)));
  return { ...settings, DATABASE_KEY: keys, ODST_PUBLIC_URL: firstUrlOf(settings) };
}

const keyFileOf = (dataDir: string) => join(dataDir, 'database.key');

/** Each service has encrypted all of its secrets with the newest key at its start: no older one is needed any more. */
async function endKeyChange({ DATABASE_KEY: keys = [] }: StandaloneSettings, dataDir: string, logger: Logger): Promise<void> {
  const keyId = await dropOlderKeys(keyFileOf(dataDir), keys);
  if (keyId === undefined) return;
  logger.info(
    { keyId },
    'all secrets are encrypted with the newest key of database.key now, and the older one was taken out of it',
  );
}

/** @throws OdstError COMMON_SETTING_INVALID when the folder cannot be made or used */
async function makeDataDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `ODST_DATA_DIR: the folder ${path} cannot be used: ${reason}; example: ODST_DATA_DIR=/var/lib/odst`;
    throw new OdstError('COMMON_SETTING_INVALID', message, {}, { cause: error });
  }
}

/** Starts the embedded PostgreSQL and gives its owner's URL. Without it the server cannot go on. */
async function startDatabase({ host, logger }: ServerContext, dataDir: string): Promise<string> {
  const start = () => startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), logger, onExit: (error) => host.fail(error) });
  const postgres = await host.use('postgres', start, { stopLimitMs: 8_500 });
  return postgres.url();
}
