import { openBackbone, provisionService } from '@odst/backbone';
import { PackagesServiceService, RecordsServiceService } from '@odst/contracts/catalog';
import { EventsServiceService } from '@odst/contracts/common';
import { registrationEventCodec, SignedProfile } from '@odst/contracts/registration';
import { storageEventCodec } from '@odst/contracts/storage';
import type { EventToAppend } from '@odst/event-store';
import { connectService, type ServiceName, serviceToken, startGrpcServer } from '@odst/grpc';
import type { Stage } from '@odst/kernel';
import { createTestDatabase } from '@odst/testing';
import { messageOf } from '@odst/testing/message-of';
import { catalogDefinition } from '../../src/index.ts';
import { startCatalog } from '../../src/service.ts';
import { testLogger } from './catalog-database.ts';
import { type KeyRing, standInRegistration, standInStorage } from './stand-ins.ts';

const internalToken = 'a-token-for-tests-only';
const address = '127.0.0.1:0';

/** Starts catalog on a database of its own; registration and storage are stood in for, behind real gRPC. */
export async function startTestCatalog(iss: string, ring: KeyRing) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const clock = { now: () => new Date() };
  const { url } = await provisionService({
    adminUrl: database.url,
    service: 'catalog',
    migrations: catalogDefinition.migrations,
    logger: testLogger,
  });
  const backbone = stack.use(await openBackbone({ databaseUrl: url, service: 'catalog', clock, logger: testLogger }));
  const registration = standInRegistration(iss, ring);
  const storage = standInStorage();
  const addresses = new Map<ServiceName, string>();
  for (const [name, { services }] of [
    ['registration', registration],
    ['storage', storage],
  ] as const) {
    const server = stack.use(await startGrpcServer({ address, services, internalToken, logger: testLogger }));
    addresses.set(name, server.address);
  }
  // A stack of its own: connections are also made after the start.
  const connections = stack.use(new DisposableStack());
  const connectAs = (caller: ServiceName, target: ServiceName) =>
    connections.use(connectService({ address: addresses.get(target) ?? '', target, token: serviceToken(internalToken, caller) }));
  const start = () =>
    startCatalog({
      ...backbone,
      schema: 'catalog',
      address,
      internalToken,
      connect: (service) => connectAs('catalog', service),
      clock,
      logger: testLogger,
    });
  let catalog = await start();
  stack.defer(() => catalog[Symbol.asyncDispose]());
  stack.use(backbone.startRelay(iss));
  addresses.set('catalog', catalog.address);
  const clientsOf = () => ({
    storage: connectAs('storage', 'catalog').client(PackagesServiceService),
    gateway: connectAs('gateway', 'catalog').client(PackagesServiceService),
    sync: connectAs('sync', 'catalog').client(RecordsServiceService),
    names: connectAs('storage', 'catalog').client(RecordsServiceService),
    events: connectAs('gateway', 'catalog').client(EventsServiceService),
  });
  const clients = clientsOf();
  const positions = { storage: 0n, registration: 0n };
  const publish = async (service: 'storage' | 'registration', stream: string, event: EventToAppend) => {
    positions[service] += 1n;
    const message = messageOf(backbone.bus, { service, iss }, { stream, position: positions[service], event });
    await backbone.bus.publish({ service, fence: 1n }, [message]);
  };
  const running = stack.move();
  return {
    iss,
    ...backbone,
    address: () => addresses.get('catalog') ?? '',
    clients,
    held: storage.held,
    manifests: storage.manifests,
    settings: registration.settings,
    /** Storage verified a content and tells so. */
    async verifyBlob(sha256: string) {
      storage.held.add(sha256);
      const data = { blob: sha256, sha1: '', sizeBytes: 1n, manifestDigest: '', source: '' };
      await publish('storage', `blob-${sha256}`, storageEventCodec.encode({ type: 'BlobVerified', data }));
    },
    /** Storage made the manifest of a content and tells so. */
    async sealBlob(sha256: string, manifestDigest: string) {
      storage.manifests.set(sha256, manifestDigest);
      const data = { blob: sha256, manifestDigest };
      await publish('storage', `blob-${sha256}`, storageEventCodec.encode({ type: 'BlobSealed', data }));
    },
    /** Storage tells something of a content. */
    tellOfBlob: (sha256: string, event: EventToAppend) => publish('storage', `blob-${sha256}`, event),
    /** The admin changes the server's stage. */
    async changeServerStage(stage: Stage) {
      registration.settings.stage = stage;
      const data = { iss, profile: SignedProfile.fromPartial({ iss, stage }) };
      await publish('registration', `server-${iss}`, registrationEventCodec.encode({ type: 'ServerSettingsChanged', data }));
    },
    /** The admin changes what the server does with deletions and its trash. */
    async changePolicy(policy: typeof registration.settings.policy) {
      registration.settings.policy = policy;
      const data = { iss, ...policy };
      await publish('registration', `policy-${iss}`, registrationEventCodec.encode({ type: 'ServerPolicyChanged', data }));
    },
    /** Stops catalog and starts it again; gives clients of the new one. */
    async restart(whileStopped: () => Promise<void> | void = () => undefined) {
      await catalog[Symbol.asyncDispose]();
      await whileStopped();
      catalog = await start();
      addresses.set('catalog', catalog.address);
      return clientsOf();
    },
    connectAs,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
