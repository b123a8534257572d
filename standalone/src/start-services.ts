import { join } from 'node:path';
import { type Backbone, type KafkaBus, kafkaBusOf, openBackbone, provisionService } from '@odst/backbone';
import { catalogMigrations, startCatalog } from '@odst/catalog';
import { gatewayMigrations } from '@odst/gateway';
import type { ServiceName } from '@odst/grpc';
import type { Clock, FaultPoint } from '@odst/kernel';
import { createListener, type MigrationComponent } from '@odst/postgres';
import { registrationMigrations, startRegistration } from '@odst/registration';
import { loadOrCreateKeyFile, secretsMigrations } from '@odst/secrets';
import { blobFoldersOf, eventStoreOf, publicUrlOf, type ServerContext } from '@odst/service-host';
import { type RunningStorage, startStorage, storageMigrations } from '@odst/storage';
import { startSync, syncMigrations } from '@odst/sync';
import type { Metrics } from '@odst/telemetry';
import type { ServiceLinks } from './service-links.ts';

/** What the services of this process are started with. */
export type ServicesContext = ServerContext & {
  readonly metrics: Metrics;
  /** Real path of the data directory. */
  readonly dataDir: string;
  /** URL of the database's owner. */
  readonly adminUrl: string;
  readonly links: ServiceLinks;
  readonly clock: Clock;
  readonly faultPoint: FaultPoint;
};

/** The running services, as far as the gateway needs them. */
export type Services = {
  readonly gateway: Backbone;
  readonly storage: RunningStorage;
  /** What all of them depend on: they share it. */
  readonly dependencies: Backbone['dependencies'];
};

/** Every service and the tables that it brings along. */
const migrations: Readonly<Record<Exclude<ServiceName, 'notification'>, readonly MigrationComponent[]>> = {
  registration: [secretsMigrations, registrationMigrations],
  catalog: [catalogMigrations],
  storage: [secretsMigrations, storageMigrations],
  sync: [syncMigrations],
  gateway: [gatewayMigrations],
};

/** Starts all services in the order in which they need each other; the host stops them in reverse. */
export async function startServices(context: ServicesContext): Promise<Services> {
  const { settings, host, links, clock, faultPoint, dataDir } = context;
  const identity = Promise.withResolvers<string>();
  const backbones = await openBackbones(context, kafkaBusOf(settings, identity.promise));
  const databaseKeys = settings.DATABASE_KEY ?? [await loadOrCreateKeyFile(join(dataDir, 'database.key'))];
  const common = (service: keyof typeof migrations) => ({
    ...backbones[service],
    schema: service,
    address: links.addressOf(service),
    internalToken: links.internalToken,
    connect: links.connectAs(service),
    clock,
    faultPoint,
    logger: context.logger.child({ service }),
  });

  const registration = await host.use('registration', () =>
    startRegistration({
      ...common('registration'),
      databaseKeys,
      name: settings.ODST_NAME,
      stage: settings.ODST_STAGE,
      publicUrl: publicUrlOf(settings),
      adminPassword: settings.ODST_ADMIN_PASSWORD,
    }),
  );
  identity.resolve(registration.iss);
  const storage = await host.use('storage', () =>
    startStorage({
      ...common('storage'),
      ...blobFoldersOf(settings),
      databaseKeys,
      maxUploadBytes: settings.ODST_MAX_UPLOAD_BYTES,
      allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS,
    }),
  );
  await host.use('catalog', () => startCatalog({ ...common('catalog'), allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS }));
  await host.use('sync', () => startSync(common('sync')));
  for (const service of ['registration', 'catalog', 'storage', 'sync'] as const) {
    await host.use(`relay of ${service}`, () => backbones[service].startRelay(registration.iss));
  }
  // The gateway has no events, so no store of them either.
  return { gateway: backbones.gateway, storage, dependencies: backbones.registration.dependencies };
}

/** Makes schemas and roles, and opens each service's part of the database as its own role. */
async function openBackbones({ adminUrl, clock, logger, host, settings, metrics }: ServicesContext, kafka: KafkaBus | undefined) {
  const migrated = { files: 0, tookMs: 0 };
  const connection = { connectionString: adminUrl, application_name: 'odst listener' };
  const listener = await host.use('listener', () => createListener({ connection, logger }));
  const open = async (service: keyof typeof migrations): Promise<Backbone> => {
    const startedAt = performance.now();
    const made = await provisionService({ adminUrl, service, migrations: migrations[service], logger });
    migrated.files += made.migrated;
    migrated.tookMs += Math.round(performance.now() - startedAt);
    // The gateway has no events, and no log in EventStoreDB.
    const publishes = service !== 'gateway';
    const eventStore = publishes ? eventStoreOf(settings) : undefined;
    return host.use(`database of ${service}`, () =>
      openBackbone({ databaseUrl: made.url, service, eventStore, kafka, publishes, listener, clock, logger, metrics }),
    );
  };
  const backbones = {
    registration: await open('registration'),
    catalog: await open('catalog'),
    storage: await open('storage'),
    sync: await open('sync'),
    gateway: await open('gateway'),
  };
  if (migrated.files > 0) logger.info(migrated, 'migrated the database');
  return backbones;
}
