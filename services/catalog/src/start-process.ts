import { setTimeout as delay } from 'node:timers/promises';
import { type Backbone, openBackbone, provisionService } from '@odst/backbone';
import { connectService, type ServiceConnection, serviceToken } from '@odst/grpc';
import { isOdstError } from '@odst/kernel';
import { databasePasswordOf, type Host, type ServerContext, startHealthServer } from '@odst/service-host';
import { createGrpcRegistration } from './adapters/grpc-registration.ts';
import { catalogConfigOf } from './config.ts';
import { catalogMigrations, startCatalog } from './service.ts';

const service = 'catalog';
const askAgainMs = 500;

/** Starts catalog as a process of its own: its part of the database, the service, the relay and the health listener. */
export async function startCatalogProcess({ settings, logger, host }: ServerContext): Promise<void> {
  const config = catalogConfigOf(settings);
  const clock = { now: () => new Date() };
  await host.use('health', () =>
    startHealthServer({ host: config.healthHost, port: config.healthPort, readiness: () => host.readiness.snapshot() }),
  );
  const password = databasePasswordOf(config.internalToken, service);
  const database = await provisionService({
    adminUrl: config.databaseUrl,
    service,
    migrations: [catalogMigrations],
    password,
    logger,
  });
  const backbone = await host.use('backbone', () => openBackbone({ databaseUrl: database.url, service, clock, logger }));
  const connections = await host.use('connections', () => new DisposableStack());
  const token = serviceToken(config.internalToken, service);
  const addresses = { registration: config.registrationAddress, storage: config.storageAddress };
  const connectTo = (target: keyof typeof addresses) =>
    connections.use(connectService({ address: addresses[target], target, token }));
  const catalog = await host.use('catalog', () =>
    startCatalog({
      ...backbone,
      schema: database.schema,
      address: config.address,
      internalToken: config.internalToken,
      connect: connectTo,
      clock,
      logger,
      allowedExtensions: config.allowedExtensions,
    }),
  );
  logger.info({ address: catalog.address }, 'catalog serves');
  await startRelay(host, backbone, connectTo('registration'));
}

/** Events name the server that they come from, so they are published once registration has told its identity. */
async function startRelay(host: Host, backbone: Backbone, connection: ServiceConnection): Promise<void> {
  const registration = createGrpcRegistration(connection);
  host.readiness.set('registration', false, 'not reached yet');
  while (!host.stopping.aborted) {
    try {
      const { iss } = await registration.server();
      await host.use('relay', () => backbone.startRelay(iss));
      host.readiness.set('registration', true);
      return;
    } catch (error) {
      if (!isOdstError(error) || host.stopping.aborted) throw error;
      host.readiness.set('registration', false, error.message);
      await delay(askAgainMs);
    }
  }
}
