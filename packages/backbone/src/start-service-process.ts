import { pause } from '@odst/async';
import { ServerServiceService } from '@odst/contracts/registration';
import { connectService, type ServiceConnection, type ServiceName, serviceToken } from '@odst/grpc';
import { type Clock, isOdstError } from '@odst/kernel';
import { databasePasswordOf, type MigrationComponent } from '@odst/postgres';
import {
  eventStoreOf,
  hostAndPort,
  requireSetting,
  type ServerContext,
  type ServerSettings,
  startHealthServer,
  watchDependencies,
} from '@odst/service-host';
import { createMetrics, type Metrics } from '@odst/telemetry';
import { kafkaBusOf } from './kafka-bus.ts';
import { type Backbone, type KafkaBus, openBackbone } from './open-backbone.ts';
import { provisionService } from './provision.ts';
import { serviceAddressOf } from './service-address.ts';
import { serviceAnswers } from './service-answers.ts';
import type { ServiceRuntime } from './service-runtime.ts';

/** What a service gets that runs as a process of its own. */
export type ProcessDeps = Backbone &
  ServiceRuntime & {
    readonly settings: ServerSettings;
    /** Of the process; its readiness is what `/readyz` shows. */
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
  /** Services without which it is not ready. Default none: a service that others wait for must not wait for them. */
  readonly needs?: readonly ServiceName[];
};

/** Who needs the settings that have no default. */
const lonely = 'a service that runs by itself';

const askAgainMs = 500;

const systemClock: Clock = { now: () => new Date() };

/**
 * For `runServer`: starts the health listener, the service's part of the database, the service and its relay, and keeps
 * `/readyz` at the state of what the service needs.
 */
export function startServiceProcess(program: ServiceProgram): (context: ServerContext) => Promise<void> {
  const { service, publishes = true, needs = [] } = program;
  return async (context) => {
    const { settings, logger, host } = context;
    const internalToken = requireSetting(settings, 'ODST_INTERNAL_TOKEN', lonely);
    const readiness = () => host.readiness.snapshot();
    const metrics = createMetrics({ logger });
    await host.use('health', () =>
      startHealthServer({ host: settings.ODST_HOST, port: settings.ODST_HEALTH_PORT, readiness, metrics }),
    );
    const identity = Promise.withResolvers<string>();
    const kafka = kafkaBusOf(settings, identity.promise);
    const backbone = await openDatabase(program, { ...context, metrics }, internalToken, kafka);
    const connections = await host.use('connections', () => new DisposableStack());
    const token = serviceToken(internalToken, service);
    const connect = (target: ServiceName) =>
      connections.use(connectService({ address: serviceAddressOf(settings, target), target, token }));
    const address = hostAndPort(settings.ODST_HOST, settings.ODST_GRPC_PORT);
    const common = { schema: service, address, internalToken, connect, clock: systemClock, logger, settings, context };
    await host.use(service, () => program.start({ ...backbone, ...common }));
    const { checks, dispensable } = backbone.dependencies;
    const services = Object.fromEntries(needs.map((target) => [target, serviceAnswers(connect(target))]));
    const watched = { checks: { ...checks, ...services }, ...(dispensable && { dispensable }) };
    await host.use('watch over dependencies', () => watchDependencies({ readiness: host.readiness, ...watched }));
    // Who neither publishes nor consumes from Kafka need not know which server it is part of.
    if (!publishes && kafka === undefined) return;
    const known = serverIdentity(connect('registration'), context);
    known.then(identity.resolve, (error: unknown) => {
      if (!publishes && !host.stopping.aborted) host.fail(error);
    });
    if (publishes) {
      const iss = await known;
      await host.use('relay', () => backbone.startRelay(iss));
    }
  };
}

/** Makes the service's schema and role, and opens both, and the bus. */
async function openDatabase(
  program: ServiceProgram,
  context: ServerContext & { readonly metrics: Metrics },
  internalToken: string,
  kafka: KafkaBus | undefined,
): Promise<Backbone> {
  const { settings, logger, host, metrics } = context;
  const { service, migrations, publishes } = program;
  const adminUrl = requireSetting(settings, 'DATABASE_URL', lonely);
  const password = databasePasswordOf(internalToken, service);
  const startedAt = performance.now();
  const { url, migrated } = await provisionService({ adminUrl, service, migrations, password, logger });
  if (migrated > 0) logger.info({ files: migrated, tookMs: Math.round(performance.now() - startedAt) }, 'migrated the database');
  const eventStore = storeOf(program, settings);
  return host.use('database', () =>
    openBackbone({ databaseUrl: url, service, eventStore, kafka, publishes, clock: systemClock, logger, metrics }),
  );
}

/** Who publishes nothing has no events, and no log in EventStoreDB. */
function storeOf({ publishes = true }: ServiceProgram, settings: ServerSettings) {
  return publishes ? eventStoreOf(settings) : undefined;
}

/** Events name the server that they come from, so they are published once registration has told its identity. */
async function serverIdentity(registration: ServiceConnection, { host }: ServerContext): Promise<string> {
  const client = registration.client(ServerServiceService);
  for (;;) {
    try {
      const { server } = await client.getServer({});
      host.readiness.set('identity', true);
      if (server !== undefined) return server.iss;
    } catch (error) {
      if (!isOdstError(error)) throw error;
      host.readiness.set('identity', false, error.message);
    }
    await pause(askAgainMs, host.stopping);
    host.stopping.throwIfAborted();
  }
}
