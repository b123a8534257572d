import { createHmac, timingSafeEqual } from 'node:crypto';

/** Metadata key of the caller's token. */
export const serviceTokenKey = 'odst-service-token';

/** Names of the processes that call each other. */
export type ServiceName = 'registration' | 'catalog' | 'storage' | 'sync' | 'notification' | 'gateway';

/**
 * Who may call what, by gRPC service (`odst.catalog.v1.RecordsService`) or one method of it
 * (`odst.registration.v1.ServerService/GetInvitation`), the more exact entry first. What is not here is denied.
 */
export const accessTable: Readonly<Record<string, readonly ServiceName[]>> = {
  'odst.registration.v1.ServerService/GetInvitation': ['gateway'],
  'odst.registration.v1.ServerService/UpdateSettings': ['gateway'],
  // Registration as a process of its own asks itself, as every service does before it publishes.
  'odst.registration.v1.ServerService/GetServer': ['registration', 'gateway', 'catalog', 'storage', 'sync', 'notification'],
  'odst.registration.v1.ServerService': ['gateway', 'catalog', 'storage', 'sync', 'notification'],
  'odst.registration.v1.PeersService/ListPeers': ['gateway', 'catalog', 'storage', 'sync'],
  'odst.registration.v1.PeersService': ['gateway'],
  'odst.registration.v1.TrustService/SignStatement': ['catalog', 'sync'],
  'odst.registration.v1.TrustService/VerifyStatement': ['catalog', 'sync'],
  'odst.registration.v1.TrustService/VerifyRequest': ['gateway', 'storage'],
  'odst.registration.v1.TrustService': ['storage', 'sync'],
  'odst.registration.v1.AccessService': ['gateway', 'storage'],
  'odst.catalog.v1.PackagesService/RegisterUpload': ['storage'],
  'odst.catalog.v1.PackagesService': ['gateway', 'storage'],
  'odst.catalog.v1.RecordsService/NamesContent': ['storage'],
  'odst.catalog.v1.RecordsService': ['sync'],
  'odst.storage.v1.BlobsService/FetchBlob': ['sync'],
  'odst.storage.v1.BlobsService': ['gateway', 'catalog', 'sync'],
  'odst.sync.v1.FeedService': ['gateway'],
  'odst.common.v1.ProjectionsService': ['gateway'],
  'odst.common.v1.DeadLettersService': ['gateway'],
  'odst.common.v1.EventsService': ['registration', 'catalog', 'storage', 'sync', 'notification', 'gateway'],
};

/** The token by which a service proves its name: derived from the one secret that the processes share. */
export function serviceToken(internalToken: string, service: ServiceName): string {
  return `${service}.${createHmac('sha256', internalToken).update(`odst-service:${service}`).digest('base64url')}`;
}

/** The caller that a token proves, or undefined. */
export function callerOf(internalToken: string, token: string): ServiceName | undefined {
  const service = token.slice(0, token.indexOf('.')) as ServiceName;
  const expected = Buffer.from(serviceToken(internalToken, service));
  const given = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected) ? service : undefined;
}

/** Whether `caller` may call the method at `path` (`/odst.catalog.v1.RecordsService/OfferRecord`). */
export function mayCall(caller: ServiceName, path: string): boolean {
  const method = path.slice(1);
  const service = method.slice(0, method.indexOf('/'));
  return (accessTable[method] ?? accessTable[service] ?? []).includes(caller);
}
