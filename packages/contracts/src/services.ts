import type { EventSchemas } from './event-codec.ts';
import { DeadLettersServiceService } from './gen/odst/common/v1/dead_letters.ts';
import { EventsServiceService } from './gen/odst/common/v1/events.ts';
import { ProjectionsServiceService } from './gen/odst/common/v1/projections.ts';
import { allowCalls, type Calls, type ServiceDeclaration } from './service-declaration.ts';
import { catalogDeclaration } from './services/catalog.ts';
import { gatewayDeclaration } from './services/gateway.ts';
import { registrationDeclaration } from './services/registration.ts';
import { storageDeclaration } from './services/storage.ts';
import { syncDeclaration } from './services/sync.ts';

export type { ServiceDeclaration };

/** Every service, in the order in which lists show them. A new one is added here. */
export const services = [
  registrationDeclaration,
  catalogDeclaration,
  storageDeclaration,
  syncDeclaration,
  gatewayDeclaration,
] as const satisfies readonly ServiceDeclaration[];

/** Every service's declaration. */
export type Service = (typeof services)[number];

/** Name of a service. */
export type ServiceName = Service['name'];

/** A service that publishes events. */
export type PublishingService = Extract<Service, { readonly events: EventSchemas }>;

/** Services that publish events. They serve what all such services do: their events, read models and dead letters. */
export const publishingServices: readonly PublishingService['name'][] = services.flatMap((service) =>
  'events' in service ? [service.name] : [],
);

/** Services that can be called. */
export const calledServices: readonly ServiceName[] = services.flatMap((service) => ('calls' in service ? [service.name] : []));

/** The events of each service that publishes some, by its name. */
export const eventsOfServices: Readonly<Record<string, EventSchemas>> = Object.fromEntries(
  services.flatMap((service) => ('events' in service ? [[service.name, service.events]] : [])),
);

/** What every service that publishes events serves on its address. */
const commonCalls: readonly Calls[] = [
  allowCalls(EventsServiceService, 'every service'),
  allowCalls(ProjectionsServiceService, ['gateway']),
  allowCalls(DeadLettersServiceService, ['gateway']),
];

const calls: readonly Calls[] = [
  ...commonCalls,
  ...services.flatMap((service): readonly Calls[] => ('calls' in service ? service.calls : [])),
];

/** Who may call a method, by its path as `/odst.catalog.v1.RecordsService/OfferRecord`; nobody where none is declared. */
export function callersOf(path: string): readonly string[] {
  const declared = calls.find(({ callers }) => Object.hasOwn(callers, path))?.callers[path] ?? [];
  return declared === 'every service' ? services.map(({ name }) => name) : declared;
}

/** Paths of the methods that are not called again by themselves when their service is away. */
export const calledOnce: readonly string[] = calls.flatMap((one) => one.calledOnce);

/** Names of the settings that services have of their own. */
export const serviceSettingNames: readonly string[] = services.flatMap((service) =>
  'settings' in service ? [...service.settings] : [],
);
