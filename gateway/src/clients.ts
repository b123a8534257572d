import { PackagesServiceService } from '@odst/contracts/catalog';
import { DeadLettersServiceService, ProjectionsServiceService } from '@odst/contracts/common';
import {
  AccessServiceService,
  PeersServiceService,
  ServerServiceService,
  TrustServiceService,
} from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import { FeedServiceService } from '@odst/contracts/sync';
import type { ServiceClient, ServiceConnection, ServiceName } from '@odst/grpc';

/** The services as the gateway calls them. */
export type Clients = ReturnType<typeof createClients>;

/** Services that have events, and so may have read models, in the order in which lists show them. */
export const eventServices = ['registration', 'catalog', 'storage', 'sync'] as const satisfies readonly ServiceName[];

/** One of {@link eventServices}. */
export type EventServiceName = (typeof eventServices)[number];

/** The read models of each service. */
export type ProjectionsClients = Readonly<Record<EventServiceName, ServiceClient<typeof ProjectionsServiceService>>>;

/** Services that may set messages aside, in the order in which lists show them. */
export const letterServices = [...eventServices, 'gateway'] as const satisfies readonly ServiceName[];

/** One of {@link letterServices}. */
export type LetterServiceName = (typeof letterServices)[number];

/** The dead letters of one service. */
export type DeadLettersClient = ServiceClient<typeof DeadLettersServiceService>;

/** Opens the connections; each is made at its first call. @param ownDeadLetters those of the gateway itself */
export function createClients(connect: (service: ServiceName) => ServiceConnection, ownDeadLetters: DeadLettersClient) {
  const registration = connect('registration');
  const catalog = connect('catalog');
  const storage = connect('storage');
  const sync = connect('sync');
  const projections: ProjectionsClients = {
    registration: registration.client(ProjectionsServiceService),
    catalog: catalog.client(ProjectionsServiceService),
    storage: storage.client(ProjectionsServiceService),
    sync: sync.client(ProjectionsServiceService),
  };
  const deadLetters: Readonly<Record<LetterServiceName, DeadLettersClient>> = {
    registration: registration.client(DeadLettersServiceService),
    catalog: catalog.client(DeadLettersServiceService),
    storage: storage.client(DeadLettersServiceService),
    sync: sync.client(DeadLettersServiceService),
    gateway: ownDeadLetters,
  };
  return {
    server: registration.client(ServerServiceService),
    peers: registration.client(PeersServiceService),
    trust: registration.client(TrustServiceService),
    access: registration.client(AccessServiceService),
    packages: catalog.client(PackagesServiceService),
    blobs: storage.client(BlobsServiceService),
    feed: sync.client(FeedServiceService),
    projections,
    deadLetters,
  };
}
