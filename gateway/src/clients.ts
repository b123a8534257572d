import { PackagesServiceService } from '@odst/contracts/catalog';
import { DeadLettersServiceService, EventsServiceService, ProjectionsServiceService } from '@odst/contracts/common';
import {
  AccessServiceService,
  AccountsServiceService,
  ApiTokensServiceService,
  PeersServiceService,
  ServerServiceService,
  TrustServiceService,
} from '@odst/contracts/registration';
import { type PublishingService, publishingServices } from '@odst/contracts/services';
import { BlobsServiceService } from '@odst/contracts/storage';
import { CoverageServiceService, DigestsServiceService, FeedServiceService, TransfersServiceService } from '@odst/contracts/sync';
import type { ServiceClient, ServiceConnection, ServiceName, ServiceShape } from '@odst/grpc';

/** The services as the gateway calls them. */
export type Clients = ReturnType<typeof createClients>;

/** One of {@link publishingServices}. */
export type EventServiceName = PublishingService['name'];

/** The read models of each service. */
export type ProjectionsClients = Readonly<Record<EventServiceName, ServiceClient<typeof ProjectionsServiceService>>>;

/** Services that may set messages aside, in the order in which lists show them. */
export const letterServices: readonly LetterServiceName[] = [...publishingServices, 'gateway'];

/** One of {@link letterServices}. */
export type LetterServiceName = EventServiceName | 'gateway';

/** The dead letters of one service. */
export type DeadLettersClient = ServiceClient<typeof DeadLettersServiceService>;

/** Opens the connections; each is made at its first call. @param ownDeadLetters those of the gateway itself */
export function createClients(connect: (service: ServiceName) => ServiceConnection, ownDeadLetters: DeadLettersClient) {
  const registration = connect('registration');
  const catalog = connect('catalog');
  const storage = connect('storage');
  const sync = connect('sync');
  const ofEach = <Shape extends ServiceShape>(shape: Shape) =>
    Object.fromEntries(publishingServices.map((service) => [service, connect(service).client(shape)])) as Readonly<
      Record<EventServiceName, ServiceClient<Shape>>
    >;
  const deadLetters: Readonly<Record<LetterServiceName, DeadLettersClient>> = {
    ...ofEach(DeadLettersServiceService),
    gateway: ownDeadLetters,
  };
  return {
    server: registration.client(ServerServiceService),
    peers: registration.client(PeersServiceService),
    trust: registration.client(TrustServiceService),
    access: registration.client(AccessServiceService),
    accounts: registration.client(AccountsServiceService),
    apiTokens: registration.client(ApiTokensServiceService),
    packages: catalog.client(PackagesServiceService),
    blobs: storage.client(BlobsServiceService),
    feed: sync.client(FeedServiceService),
    coverage: sync.client(CoverageServiceService),
    transfers: sync.client(TransfersServiceService),
    digests: sync.client(DigestsServiceService),
    projections: ofEach(ProjectionsServiceService) satisfies ProjectionsClients,
    events: ofEach(EventsServiceService),
    deadLetters,
  };
}
