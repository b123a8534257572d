import { access, constants, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres, takeDirectoryLock } from '@odst/embedded-postgres';
import { startGateway } from '@odst/gateway';
import { type Clock, type FaultPoint, noFault, OdstError } from '@odst/kernel';
import { isLocalOnly, type ServerContext, watchDependencies } from '@odst/service-host';
import { createMetrics } from '@odst/telemetry';
import { createServiceLinks } from './service-links.ts';
import { reportStart } from './start-report.ts';
import { startServices } from './start-services.ts';

/** What tests replace. */
export type StandaloneOverrides = {
  /** Default the system's clock. */
  readonly clock?: Clock;
  /** Default none. */
  readonly faultPoint?: FaultPoint;
};

const systemClock: Clock = { now: () => new Date() };

/**
 * Starts a whole server in this process: the embedded PostgreSQL unless DATABASE_URL names another, every service, and the
 * gateway with the data plane on one listener. Prints the ready line when, and only when, it serves.
 */
export async function startStandalone(context: ServerContext, overrides: StandaloneOverrides = {}): Promise<void> {
  const { settings, host, logger } = context;
  const { clock = systemClock, faultPoint = noFault } = overrides;
  const dataDir = await makeDataDirectory(settings.ODST_DATA_DIR);
  await host.use('data directory', () => takeDirectoryLock(join(dataDir, 'lock'), dataDir));
  const adminUrl = settings.DATABASE_URL ?? (await startDatabase(context, dataDir));
  const links = await createServiceLinks(dataDir, context);
  const metrics = createMetrics({ logger });
  const services = await startServices({ ...context, metrics, dataDir, adminUrl, links, clock, faultPoint });
  const gateway = await host.use('gateway', () =>
    startGateway({
      ...services.gateway,
      connect: links.connectAs('gateway'),
      host: settings.ODST_HOST,
      port: settings.ODST_PORT,
      localOnly: isLocalOnly(settings),
      trustedProxies: settings.ODST_TRUSTED_PROXIES,
      clock,
      logger,
      readiness: () => host.readiness.snapshot(),
      dataPlane: services.storage.dataPlane,
    }),
  );
  const watch = await host.use('watch over dependencies', () =>
    watchDependencies({ readiness: host.readiness, ...services.dependencies }),
  );
  await watch.asked;
  await reportStart(context, { dataDir, registration: links.connectAs('gateway')('registration') });
  host.readiness.set('server', true);
  process.stdout.write(`ODST ready at ${gateway.url}\n`);
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
