import { fileURLToPath } from 'node:url';
import { publishingServices, type Service, type ServiceDeclaration, type ServiceName, services } from '@odst/contracts/services';
import type { DeadLetterDesks, DeadLetters, EventBus, Inbox } from '@odst/event-bus';
import type { EventStore } from '@odst/event-store';
import type { ServiceConnection } from '@odst/grpc';
import type { HttpRoutes } from '@odst/http';
import type { Clock, FaultPoint } from '@odst/kernel';
import type { Listener, MigrationComponent, PostgresTransaction } from '@odst/postgres';
import type { ListenerTls, ReadinessSnapshot, ServerSettings, Setting, SettingsOf, SettingsSpec } from '@odst/service-host';
import type { Logger, Metrics } from '@odst/telemetry';
import type { Pool } from 'pg';

/** What every service runs on, in a process of its own or with others in one. */
export type ServiceRuntime = {
  /** Connections of the service's own role, `search_path` set to its schema, where its migrations ran. */
  readonly pool: Pool;
  /** That schema. */
  readonly schema: string;
  /** Where the process hears in the database of others. Default: who needs it opens a connection. */
  readonly listener?: Listener;
  /** The service's own events; who opened the store starts their relay. A service that publishes none appends none. */
  readonly store: EventStore<PostgresTransaction>;
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** What an admin does with them. */
  readonly desks: DeadLetterDesks;
  /** Where gRPC is served: `host:port` or `unix:/path`. */
  readonly address: string;
  /** The secret that the processes share. */
  readonly internalToken: string;
  /** Private authority that peers' certificates may come from too, PEM. Default none */
  readonly peerCa?: string;
  /** Whether peers may be on this machine, as where this process listens on loopback alone. Default true */
  readonly allowLoopback?: boolean;
  /** gRPC of the services that it asks. They need not run yet. */
  readonly connect: (service: ServiceName) => ServiceConnection;
  readonly clock: Clock;
  /** Where a test ends the process. Default nowhere. */
  readonly faultPoint?: FaultPoint;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** The process that a service runs in. */
export type ServiceProcess = {
  /** Whether all services of the server run in it. */
  readonly isShared: boolean;
  /** For `/readyz` of listeners. */
  readonly readiness: () => ReadinessSnapshot;
  /** HTTP routes of the services in it that started before and have no listener of their own here. */
  readonly routes: readonly HttpRoutes[];
  /** What its listeners speak TLS with; undefined for plain http. */
  readonly tls: ListenerTls | undefined;
};

/** A service that runs. Disposing stops it; all of its work goes on at the next start. */
export type RunningService = AsyncDisposable & {
  /** Base URL of its HTTP listener, where it has one. */
  readonly url?: string;
  /** HTTP routes that it serves at the gateway's listener, or at one of its own in a process of its own. */
  readonly routes?: HttpRoutes;
};

/** All that runs a service: how it is made, next to what its declaration in `@odst/contracts/services` says of it. */
export interface ServiceDefinition<Settings extends SettingsSpec = SettingsSpec> {
  readonly name: ServiceName;
  /** Whether it has events, which are published once it runs. */
  readonly publishes: boolean;
  /** What its schema has beside the backbone's tables, in the order in which it runs. */
  readonly migrations: readonly MigrationComponent[];
  /** Services that it calls. In one process with them it starts after them and stops before them. */
  readonly needs: readonly ServiceName[];
  /** Whether it is not ready without them. */
  readonly isReadyWithNeeds: boolean;
  /** Its own settings. */
  readonly settings: Settings;
  /** Setting with the port of its {@link RunningService.routes}, in a process of its own. */
  readonly routesPort: string | undefined;
  /** Whether it has an HTTP listener in a process of its own. */
  readonly listens: boolean;
  /** Starts it. `settings` are those of every service and its own. */
  start(
    runtime: ServiceRuntime & { readonly process: ServiceProcess },
    settings: ServerSettings & SettingsOf<Settings>,
  ): Promise<RunningService>;
}

type SettingNameOf<Declared> = Declared extends { readonly settings: readonly (infer Name extends string)[] } ? Name : never;

/** Of {@link defineService}. */
export type ServiceOptions<Name extends ServiceName, Settings extends SettingsSpec> = Pick<
  ServiceDefinition<Settings>,
  'start'
> & {
  /** As it is declared. */
  readonly name: Name;
  /** Folder of its migrations, as `new URL('../migrations', import.meta.url)`. */
  readonly migrations: URL;
  /** Tables that packages bring along, which are made before its own. Default none. */
  readonly tables?: readonly MigrationComponent[];
  /** Services that it calls. Default none. */
  readonly needs?: readonly ServiceName[];
  /** Whether it is not ready without them. Default false: services that wait for each other would never be ready. */
  readonly isReadyWithNeeds?: boolean;
  /** Its own settings, of the names that it declares. Default none. */
  readonly settings?: Settings & Readonly<Record<SettingNameOf<Extract<Service, { readonly name: Name }>>, Setting<unknown>>>;
  /** Setting with the port of its HTTP routes. Default: it has none. */
  readonly routesPort?: keyof Settings & string;
  /** Whether it has an HTTP listener in a process of its own. Default whether it names the port of one. */
  readonly listens?: boolean;
};

/**
 * Defines a service. Its process, its place in a standalone server, its tables, its address and its settings come from here and from
 * its declaration.
 * @throws TypeError for settings that it does not declare
 */
export function defineService<const Name extends ServiceName, Settings extends SettingsSpec = Readonly<Record<never, never>>>(
  options: ServiceOptions<Name, Settings>,
): ServiceDefinition<Settings> {
  const { name, tables = [], needs = [], isReadyWithNeeds = false, settings = {} as Settings, routesPort, start } = options;
  const { listens = routesPort !== undefined } = options;
  const declared: ServiceDeclaration | undefined = services.find((service) => service.name === name);
  const undeclared = Object.keys(settings).filter((setting) => declared?.settings?.includes(setting) !== true);
  if (undeclared.length > 0) throw new TypeError(`${name} does not declare its settings ${undeclared.join(', ')}`);
  return {
    name,
    publishes: publishingServices.some((service) => service === name),
    migrations: [...tables, { name, directory: fileURLToPath(options.migrations) }],
    needs,
    isReadyWithNeeds,
    settings,
    routesPort,
    listens,
    start,
  };
}

/**
 * The order in which services start: what one needs comes before it; else those first that come first here.
 * @throws TypeError for services that need each other in a ring
 */
export function inOrderOfNeeds<Definition extends Pick<ServiceDefinition, 'name' | 'needs'>>(
  definitions: readonly Definition[],
): readonly Definition[] {
  const ordered = new Set<Definition>();
  const add = (definition: Definition, waiting: readonly ServiceName[]): void => {
    const { name, needs } = definition;
    if (waiting.includes(name)) throw new TypeError(`services need each other: ${[...waiting, name].join(', ')}`);
    for (const needed of definitions.filter((one) => needs.includes(one.name))) add(needed, [...waiting, name]);
    ordered.add(definition);
  };
  for (const definition of definitions) add(definition, []);
  return [...ordered];
}
