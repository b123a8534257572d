import type { ServiceName } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { ServerSettings } from '@odst/service-host';

/** gRPC address of a service, where each is a process of its own. @throws OdstError COMMON_INTERNAL for one that serves no gRPC */
export function serviceAddressOf(settings: ServerSettings, target: ServiceName): string {
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
