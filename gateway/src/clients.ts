import { PackagesServiceService } from '@odst/contracts/catalog';
import {
  AccessServiceService,
  PeersServiceService,
  ServerServiceService,
  TrustServiceService,
} from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import { FeedServiceService } from '@odst/contracts/sync';
import type { ServiceConnection, ServiceName } from '@odst/grpc';

/** The services as the gateway calls them. */
export type Clients = ReturnType<typeof createClients>;

/** Opens the connections; each is made at its first call. */
export function createClients(connect: (service: ServiceName) => ServiceConnection) {
  const registration = connect('registration');
  return {
    server: registration.client(ServerServiceService),
    peers: registration.client(PeersServiceService),
    trust: registration.client(TrustServiceService),
    access: registration.client(AccessServiceService),
    packages: connect('catalog').client(PackagesServiceService),
    blobs: connect('storage').client(BlobsServiceService),
    feed: connect('sync').client(FeedServiceService),
  };
}
