import { setTimeout as delay } from 'node:timers/promises';
import { ServerServiceService } from '@odst/contracts/registration';
import { connectService, type ServiceConnection, type ServiceName, serviceToken } from '@odst/grpc';
import { type Clock, isOdstError, OdstError } from '@odst/kernel';
import {
  databasePasswordOf,
  type MigrationComponent,
  type ServerContext,
  type ServerSettings,
  startHealthServer,
} from '@odst/service-host';
import type { Logger } from '@odst/telemetry';
import { type Backbone, openBackbone } from './open-backbone.ts';
import { provisionService } from './provision.ts';

/** What a service gets that runs as a process of its own. */
export type ProcessDeps = Backbone & {
  /** Name of the service and of its schema. */
  readonly schema: string;
  /** Where gRPC is to be served. */
  readonly address: string;
  readonly internalToken: string;
  /** gRPC of the other services, at the addresses of the settings. */
  readonly connect: (target: ServiceName) => ServiceConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: ServerSettings;
  /** Tells how a part is, for `/readyz`. */
  readonly context: ServerContext;
};

/** A service that can run as a process of its own. */
export type ServiceProgram = {
  readonly service: Exclude<ServiceName, 'notification'>;
  /** What its schema has beside the backbone's tables. */
  readonly migrations: readonly MigrationComponent[];
  readonly start: (deps: ProcessDeps) => Promise<AsyncDisposable>;
  /** Whether its events are published. Default true. */
  readonly publishes?: boolean;
};

const askAgainMs = 500;

/** For `runServer`: starts the health listener, the service's part of the database, the service and its relay. */
export function startServiceProcess(program: ServiceProgram): (context: ServerContext) => Promise<void> {
  const { service, migrations, start, publishes = true } = program;
  return async (context) => {
    const { settings, logger, host } = context;
    const readiness = () => host.readiness.snapshot();
    await host.use('health', () => startHealthServer({ host: settings.ODST_HOST, port: settings.ODST_HEALTH_PORT, readiness }));
    const { adminUrl, internalToken } = sharedSettings(settings);
    const clock: Clock = { now: () => new Date() };
    const password = databasePasswordOf(internalToken, service);
    const database = await provisionService({ adminUrl, service, migrations, password, logger });
    const backbone = await host.use('database', () => openBackbone({ databaseUrl: database.url, service, clock, logger }));
    const connections = await host.use('connections', () => new DisposableStack());
    const token = serviceToken(internalToken, service);
    const connect = (target: ServiceName) =>
      connections.use(connectService({ address: addressOf(settings, target), target, token }));
    const address = `${settings.ODST_HOST}:${settings.ODST_GRPC_PORT}`;
    const deps: ProcessDeps = { ...backbone, schema: service, address, internalToken, connect, clock, logger, settings, context };
    await host.use(service, () => start(deps));
    if (!publishes) return;
    const iss = await serverIdentity(connect, context);
    await host.use('relay', () => backbone.startRelay(iss));
  };
}

/** Events name the server that they come from, so they are published once registration has told its identity. */
async function serverIdentity(connect: (target: ServiceName) => ServiceConnection, { host }: ServerContext): Promise<string> {
  const client = connect('registration').client(ServerServiceService);
  for (;;) {
    try {
      const { server } = await client.getServer({});
      host.readiness.set('registration', true);
      if (server !== undefined) return server.iss;
    } catch (error) {
      if (!isOdstError(error)) throw error;
      host.readiness.set('registration', false, error.message);
    }
    await delay(askAgainMs, undefined, { signal: host.stopping });
  }
}

function sharedSettings(settings: ServerSettings): { readonly adminUrl: string; readonly internalToken: string } {
  const { DATABASE_URL: adminUrl, ODST_INTERNAL_TOKEN: internalToken } = settings;
  if (adminUrl !== undefined && internalToken !== undefined) return { adminUrl, internalToken };
  const missing = adminUrl === undefined ? 'DATABASE_URL' : 'ODST_INTERNAL_TOKEN';
  throw new OdstError('COMMON_SETTING_INVALID', `${missing} is missing: a service that runs by itself needs it`);
}

function addressOf(settings: ServerSettings, target: ServiceName): string {
  const addresses: Partial<Record<ServiceName, string>> = {
    registration: settings.REGISTRATION_ADDRESS,
    catalog: settings.CATALOG_ADDRESS,
    storage: settings.STORAGE_ADDRESS,
    sync: settings.SYNC_ADDRESS,
  };
  const address = addresses[target];
  if (address === undefined) throw new OdstError('COMMON_INTERNAL', `there is no address of ${target}`);
  return address;
}
