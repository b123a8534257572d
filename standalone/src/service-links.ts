import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openSocketFolder } from '@odst/embedded-postgres';
import { connectService, type ServiceConnection, type ServiceName, serviceToken } from '@odst/grpc';
import type { Host } from '@odst/service-host';
import type { Logger } from '@odst/telemetry';

/** How the services of this process reach each other: the same generated clients as between processes, over Unix sockets. */
export type ServiceLinks = {
  /** Secret of this run, from which each service derives its proof of who it is. */
  readonly internalToken: string;
  /** Where a service listens. */
  addressOf(service: ServiceName): string;
  /** What a service gets to reach the others. Connections are made at the first call. */
  connectAs(caller: ServiceName): (target: ServiceName) => ServiceConnection;
};

type LinkDeps = { readonly host: Host; readonly logger: Logger };

/** Makes the folder of the sockets; the host removes it and closes all connections at the stop. */
export async function createServiceLinks(dataDir: string, { host, logger }: LinkDeps): Promise<ServiceLinks> {
  const { path: folder } = await host.use('sockets', () => openSocketFolder({ dataDir, purpose: 'services', logger }));
  const internalToken = randomBytes(32).toString('base64url');
  const connections = await host.use('connections between services', () => new DisposableStack());
  const addressOf = (service: ServiceName) => `unix:${join(folder, `${service}.sock`)}`;
  return {
    internalToken,
    addressOf,
    connectAs: (caller) => (target) =>
      connections.use(connectService({ address: addressOf(target), target, token: serviceToken(internalToken, caller) })),
  };
}
