import { pause } from '@odst/async';
import { EventsServiceService } from '@odst/contracts/common';
import { ServerServiceService } from '@odst/contracts/registration';
import type { ServiceName } from '@odst/contracts/services';
import { connectService, type ServiceConnection, serviceToken } from '@odst/grpc';
import type { HttpRoutes } from '@odst/http';
import { type Clock, type FaultPoint, isOdstError } from '@odst/kernel';
import { createListener } from '@odst/postgres';
import {
  type DependencyCheck,
  eventStoreOf,
  type Host,
  hasLocalPeers,
  type ListenerTls,
  type ServerContext,
  watchDependencies,
} from '@odst/service-host';
import type { Metrics } from '@odst/telemetry';
import {
  inOrderOfNeeds,
  type RunningService,
  type ServiceDefinition,
  type ServiceProcess,
  type ServiceRuntime,
} from './define-service.ts';
import { kafkaBusOf } from './kafka-bus.ts';
import { type Backbone, type KafkaBus, openBackbone } from './open-backbone.ts';
import { provisionService } from './provision.ts';

/** Of {@link startServices}. */
export type StartServicesOptions = {
  /** Of the process, with the settings of its services; its host stops what is started here, in reverse. */
  readonly context: ServerContext;
  /** The services of this process, in any order. */
  readonly definitions: readonly ServiceDefinition[];
  /** Whether these are all services of the server. */
  readonly isShared: boolean;
  /** URL of the database's owner. */
  readonly databaseUrl: string;
  /** Password of a service's role; undefined where the database asks for none. */
  readonly passwordOf: (service: ServiceName) => string | undefined;
  /** The secret that the processes share, from which each service derives its proof of who it is. */
  readonly internalToken: string;
  /** Where a service of this process serves gRPC. */
  readonly listenAt: (service: ServiceName) => string;
  /** Where a service is called. */
  readonly addressOf: (service: ServiceName) => string;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly faultPoint: FaultPoint;
  /** What the listeners of this process speak TLS with; undefined for plain http. */
  readonly tls: ListenerTls | undefined;
  /** Private authority that peers' certificates may come from too, PEM. */
  readonly peerCa: string | undefined;
};

/** The services of a process, as they run. */
export type StartedServices = {
  /** One of them. @throws TypeError for a service of another process */
  of(service: ServiceName): RunningService;
  /** A connection to a service; the host closes it. */
  connect(caller: ServiceName, target: ServiceName): ServiceConnection;
};

type Opened = { readonly definition: ServiceDefinition; readonly backbone: Backbone };

const askAgainMs = 500;

/** Behind every event that there can be. */
const lastPosition = 2n ** 63n - 1n;

/**
 * Starts services of one process: first their parts of the database, then those that publish in the order in which they need each
 * other, then their relays, as soon as registration has told who the server is, and then those that publish nothing. Readiness follows
 * what they depend on. Resolves when all run and every dependency was asked once.
 */
export async function startServices(options: StartServicesOptions): Promise<StartedServices> {
  const { context, definitions, isShared } = options;
  const { settings, host } = context;
  const identity = Promise.withResolvers<string>();
  const kafka = kafkaBusOf(settings, identity.promise);
  const opened = await openBackbones(inOrderOfNeeds(definitions), kafka, options);
  const connections = await host.use('connections between services', () => new DisposableStack());
  const connect = (caller: ServiceName, target: ServiceName) => {
    const token = serviceToken(options.internalToken, caller);
    return connections.use(connectService({ address: options.addressOf(target), target, token }));
  };
  const running = new Map<ServiceName, RunningService>();
  const start = async ({ definition, backbone }: Opened) => {
    const { name } = definition;
    running.set(name, await host.use(name, () => startOne(definition, backbone, connect, running, options)));
  };
  const publishing = opened.filter(({ definition }) => definition.publishes);
  for (const each of publishing) await start(each);
  const watch = await watchThem(opened, connect, options);
  // Who neither publishes nor consumes from Kafka need not know which server it is part of.
  if (publishing.length > 0 || kafka !== undefined) {
    const [first] = opened.map(({ definition }) => definition.name);
    const known = askIdentity(connect(first ?? 'registration', 'registration'), host, !isShared);
    known.then(identity.resolve, (error: unknown) => {
      if (publishing.length === 0 && !host.stopping.aborted) host.fail(error);
    });
    const relayed = async ({ definition, backbone }: Opened) => {
      const iss = await known;
      await host.use(`relay of ${definition.name}`, () => backbone.startRelay(iss));
    };
    for (const each of publishing) await relayed(each);
  }
  for (const each of opened.filter(({ definition }) => !definition.publishes)) await start(each);
  await watch.asked;
  const of = (service: ServiceName) => {
    const found = running.get(service);
    if (found === undefined) throw new TypeError(`${service} does not run in this process`);
    return found;
  };
  return { of, connect };
}

/** Makes schemas and roles, and opens each service's part of the database as its own role. */
async function openBackbones(
  definitions: readonly ServiceDefinition[],
  kafka: KafkaBus | undefined,
  options: StartServicesOptions,
): Promise<readonly Opened[]> {
  const { databaseUrl: adminUrl, clock, metrics } = options;
  const { settings, logger, host } = options.context;
  const migrated = { files: 0, tookMs: 0 };
  const opened: Opened[] = [];
  const connection = { connectionString: adminUrl, application_name: 'odst listener' };
  // A service by itself listens as its own role.
  const listener = options.isShared ? await host.use('listener', () => createListener({ connection, logger })) : undefined;
  for (const definition of definitions) {
    const { name: service, migrations, publishes } = definition;
    const password = options.passwordOf(service);
    const startedAt = performance.now();
    const made = await provisionService({ adminUrl, service, migrations, logger, ...(password !== undefined && { password }) });
    migrated.files += made.migrated;
    migrated.tookMs += Math.round(performance.now() - startedAt);
    // Who publishes nothing has no events, and no log in EventStoreDB.
    const eventStore = publishes ? eventStoreOf(settings) : undefined;
    const backbone = await host.use(`database of ${service}`, () =>
      openBackbone({ databaseUrl: made.url, service, eventStore, kafka, publishes, listener, clock, logger, metrics }),
    );
    opened.push({ definition, backbone });
  }
  if (migrated.files > 0) logger.info(migrated, 'migrated the database');
  return opened;
}

async function startOne(
  definition: ServiceDefinition,
  backbone: Backbone,
  connect: StartedServices['connect'],
  running: ReadonlyMap<ServiceName, RunningService>,
  options: StartServicesOptions,
): Promise<RunningService> {
  const { name } = definition;
  const { context, isShared, internalToken, clock, faultPoint, tls, peerCa } = options;
  const readiness = () => context.host.readiness.snapshot();
  const routes = [...running.values()].flatMap((one): readonly HttpRoutes[] => (one.routes === undefined ? [] : [one.routes]));
  const logger = isShared ? context.logger.child({ service: name }) : context.logger;
  const runtime = {
    ...backbone,
    schema: name,
    address: options.listenAt(name),
    internalToken,
    ...(peerCa !== undefined && { peerCa }),
    allowLoopback: hasLocalPeers(context.settings),
    connect: (target: ServiceName) => connect(name, target),
    clock,
    faultPoint,
    logger,
    process: { isShared, readiness, routes, tls },
  };
  if (isShared) return definition.start(runtime, context.settings);
  await using stack = new AsyncDisposableStack();
  const service = stack.use(await definition.start(runtime, context.settings));
  const url =
    service.routes === undefined ? service.url : stack.use(await listen(service.routes, definition, runtime, context)).url;
  const alone = stack.move();
  return { ...(url !== undefined && { url }), [Symbol.asyncDispose]: () => alone.disposeAsync() };
}

/** A listener for the routes of a service in a process of its own. */
async function listen(
  routes: HttpRoutes,
  { name, routesPort: portSetting = '' }: ServiceDefinition,
  { logger, metrics, process }: ServiceRuntime & { readonly process: ServiceProcess },
  { settings }: ServerContext,
) {
  const port = (settings as Readonly<Record<string, unknown>>)[portSetting];
  if (typeof port !== 'number') throw new TypeError(`${name} has routes and names no setting with the port of their listener`);
  // Only who listens loads a web server.
  const { startRoutesListener } = await import('@odst/http');
  const { ODST_HOST: host, ODST_TRUSTED_PROXIES: trustedProxies } = settings;
  const { readiness, tls } = process;
  const listener = await startRoutesListener({
    routes,
    host,
    port,
    portSetting,
    readiness,
    metrics,
    trustedProxies,
    tls,
    logger,
  });
  logger.info({ url: listener.url }, `${name} serves`);
  return listener;
}

/** Keeps readiness at the state of what the services are built on, and of the services of other processes that they wait for. */
function watchThem(opened: readonly Opened[], connect: StartedServices['connect'], { context: { host } }: StartServicesOptions) {
  // They share it.
  const { checks, dispensable } = opened[0]?.backbone.dependencies ?? { checks: {} };
  const here = opened.map(({ definition }) => definition.name);
  const services = opened.flatMap(({ definition: { name, needs, isReadyWithNeeds } }) =>
    needs
      .filter((target) => isReadyWithNeeds && !here.includes(target))
      .map((target) => [target, serviceAnswers(connect(name, target))] as const),
  );
  const watched = { checks: { ...checks, ...Object.fromEntries(services) }, ...(dispensable && { dispensable }) };
  return host.use('watch over dependencies', () => watchDependencies({ readiness: host.readiness, ...watched }));
}

/**
 * Whether a service can be used: reads the events behind the last one. Nothing comes, yet the call went all the way: network, token,
 * access table, handler, and the service's own database.
 */
function serviceAnswers(connection: ServiceConnection): DependencyCheck {
  const events = connection.client(EventsServiceService);
  return async (signal) => {
    for await (const _event of events.readEvents({ afterPosition: lastPosition, follow: false }, { signal })) return;
  };
}

/** Events name the server that they come from, so they are published once registration has told its identity. */
async function askIdentity(registration: ServiceConnection, host: Host, isShown: boolean): Promise<string> {
  const client = registration.client(ServerServiceService);
  const show = (known: boolean, reason?: string) => isShown && host.readiness.set('identity', known, reason);
  for (;;) {
    try {
      const { server } = await client.getServer({});
      show(true);
      if (server !== undefined) return server.iss;
    } catch (error) {
      if (!isOdstError(error)) throw error;
      show(false, error.message);
    }
    await pause(askAgainMs, host.stopping);
    host.stopping.throwIfAborted();
  }
}
