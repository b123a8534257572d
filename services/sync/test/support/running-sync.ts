import { openBackbone, provisionService } from '@odst/backbone';
import { type CatalogEvent, catalogEventCodec, RecordsServiceService } from '@odst/contracts/catalog';
import { EventsServiceService } from '@odst/contracts/common';
import {
  PeersServiceService,
  type RegistrationEvent,
  registrationEventCodec,
  ServerServiceService,
  TrustServiceService,
} from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import { CoverageServiceService, FeedServiceService } from '@odst/contracts/sync';
import type { EventToAppend } from '@odst/event-store';
import { connectService, type ServedService, type ServiceName, serve, serviceToken, startGrpcServer } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase } from '@odst/testing';
import { messageOf } from '@odst/testing/message-of';
import type { Purpose } from '../../src/app/holdings-ports.ts';
import { syncDefinition } from '../../src/index.ts';
import { startSync } from '../../src/service.ts';
import { FakeCatalog } from './fake-catalog.ts';
import { issOf, profileOf } from './records.ts';
import { createSigner, type Signer } from './signers.ts';
import { startTestGateway } from './test-gateway.ts';

const internalToken = 'a-token-for-tests-only';
const address = '127.0.0.1:0';
const logger = createSilentLogger();
const clock = { now: () => new Date() };

/** Contents of a page of what the stand-in of catalog wants. */
const wantedPage = 2;

/** Servers by iss, as in one network. */
export type Network = Map<string, { readonly url: string; readonly catalog: FakeCatalog; readonly signer: Signer }>;

export type TestSync = Awaited<ReturnType<typeof startTestSync>>;

/** Starts sync on a database of its own, behind real gRPC and HTTP; the other services are stood in for. */
export async function startTestSync(network: Network, name: string) {
  await using stack = new AsyncDisposableStack();
  const iss = issOf(name);
  const signer = createSigner(iss);
  const database = stack.use(await createTestDatabase());
  const { url } = await provisionService({
    adminUrl: database.url,
    service: 'sync',
    migrations: syncDefinition.migrations,
    logger,
  });
  const backbone = stack.use(await openBackbone({ databaseUrl: url, service: 'sync', clock, logger }));
  const addresses = new Map<ServiceName, string>();
  const connections = stack.use(new DisposableStack());
  const connectAs = (caller: ServiceName, target: ServiceName) =>
    connections.use(connectService({ address: addresses.get(target) ?? '', target, token: serviceToken(internalToken, caller) }));

  const publish = async (service: ServiceName, stream: string, position: bigint, event: EventToAppend) => {
    await backbone.bus.publish({ service, fence: 1n }, [messageOf(backbone.bus, { service, iss }, { stream, position, event })]);
  };

  // One after the other, as a relay does: the bus takes positions without gaps only.
  let publishing = Promise.resolve();
  const catalog = new FakeCatalog('Prod', (event: CatalogEvent, uuid, position) => {
    const stream = `package-${uuid}`;
    const before = publishing;
    publishing = before.then(() => publish('catalog', stream, position, catalogEventCodec.encode(event)));
  });
  const peers = new Map<string, { id: number; firewalledMode: boolean }>();
  const reportedTimes: string[] = [];
  let registrationPosition = 0n;

  const standIns: Partial<Record<ServiceName, readonly ServedService[]>> = {
    registration: [
      standInPeers(peers, network),
      standInTrust(signer, peers, network, reportedTimes),
      standInServer(iss, network),
    ],
    catalog: [standInRecords(catalog)],
    storage: [standInBlobs(catalog, network)],
  };
  for (const service of ['registration', 'catalog', 'storage'] as const) {
    const server = stack.use(await startGrpcServer({ address, services: standIns[service] ?? [], internalToken, logger }));
    addresses.set(service, server.address);
  }
  const connect = (service: ServiceName) => connectAs('sync', service);
  const start = async () => {
    const sync = await startSync({ ...backbone, address, internalToken, connect, clock, logger });
    addresses.set('sync', sync.address);
    return {
      sync,
      feed: connectAs('gateway', 'sync').client(FeedServiceService),
      coverage: connectAs('gateway', 'sync').client(CoverageServiceService),
      events: connectAs('gateway', 'sync').client(EventsServiceService),
    };
  };
  let running = await start();
  stack.defer(() => running.sync[Symbol.asyncDispose]());
  const gateway = stack.use(await startTestGateway(() => running.feed));
  stack.use(backbone.startRelay(iss));
  stack.defer(() => publishing);
  const started = stack.move();

  const tellOfPeer = async (peerIss: string, type: 'PeerRegistered' | 'PeerUnregistered') => {
    registrationPosition += 1n;
    const event: RegistrationEvent =
      type === 'PeerRegistered'
        ? { type, data: { peerId: 1, iss: peerIss, profile: profileOf(peerIss), initiatedBy: 'here' } }
        : { type, data: { peerId: 1, iss: peerIss, initiatedBy: 'here' } };
    await publish('registration', `server-${peerIss}`, registrationPosition, registrationEventCodec.encode(event));
  };
  const server = {
    iss,
    url: gateway.url,
    catalog,
    gateway,
    reportedTimes,
    pool: backbone.pool,
    bus: backbone.bus,
    get feed() {
      return running.feed;
    },
    get coverage() {
      return running.coverage;
    },
    signer,
    async register(peer: { readonly iss: string }) {
      peers.set(peer.iss, { id: peers.size + 1, firewalledMode: false });
      await tellOfPeer(peer.iss, 'PeerRegistered');
    },
    async unregister(peer: { readonly iss: string }) {
      peers.delete(peer.iss);
      await tellOfPeer(peer.iss, 'PeerUnregistered');
    },
    async stateOf(peer: { readonly iss: string }) {
      return (await running.feed.listPeerStates({})).states.find((state) => state.peerIss === peer.iss);
    },
    /** Types of the events of sync, as its log gives them. */
    async eventTypes() {
      const events = await Array.fromAsync(running.events.readEvents({ afterPosition: 0n, follow: false }));
      return events.map(({ event }) => event?.type);
    },
    async stop() {
      await gateway.down();
      await running.sync[Symbol.asyncDispose]();
    },
    async restart() {
      running = await start();
      await gateway.up();
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
  network.set(iss, server);
  return server;
}

function peerMessage(
  network: ReadonlyMap<string, { readonly url: string }>,
  iss: string,
  peer: { id: number; firewalledMode: boolean },
) {
  const common = { name: 'peer', stage: 'Prod', publicKey: new Uint8Array(32), registeredAt: new Date(0), clockOffsetMs: 0n };
  return { ...common, ...peer, stageCap: 'Prod', introduces: true, version: 1n, iss, url: network.get(iss)?.url ?? '' };
}

type Peers = ReadonlyMap<string, { id: number; firewalledMode: boolean }>;
type Urls = ReadonlyMap<string, { readonly url: string }>;

const never = async (): Promise<never> => {
  throw new OdstError('COMMON_INTERNAL', 'sync has no business here');
};

function standInPeers(peers: Peers, network: Urls): ServedService {
  return serve(PeersServiceService, {
    registerPeer: never,
    acceptPeer: never,
    listPeers: async () => ({ peers: [...peers].map(([iss, peer]) => peerMessage(network, iss, peer)) }),
    unregisterPeer: never,
    updatePeer: never,
    blockServer: never,
    unblockServer: never,
    retireServer: never,
    acceptUnregistration: never,
    acceptProfiles: async () => ({ refused: [] }),
  });
}

function standInTrust(signer: Signer, peers: Peers, network: Network, reportedTimes: string[]): ServedService {
  const { iss } = signer;
  return serve(TrustServiceService, {
    async signRequest({ peerIss }) {
      if (!peers.has(peerIss)) throw new OdstError('REGISTRATION_PEER_UNKNOWN', 'no peer has this id');
      return { authorization: `ODST ${iss}`, baseUrl: network.get(peerIss)?.url ?? '' };
    },
    verifyRequest: never,
    async reportPeerTime({ signedTime }) {
      reportedTimes.push(signedTime);
      return { clockOffsetMs: 0n };
    },
    async signStatement({ purpose, payload }) {
      return { iss, signature: await signer.sign(purpose as Purpose, payload) };
    },
    verifyStatement: never,
    async describeSigners({ isses }) {
      return {
        signers: isses.map((told) => {
          const publicKey = network.get(told)?.signer.publicKey ?? new Uint8Array();
          return { iss: told, publicKey, relation: 'peer', blocked: false, stageCap: 'Prod' };
        }),
      };
    },
  });
}

function standInServer(iss: string, network: Network): ServedService {
  return serve(ServerServiceService, {
    getServer: async () => {
      const said = { iss, name: iss, url: '', stage: 'Prod', firewalledMode: false, publicKey: new Uint8Array(32) };
      return { server: { ...said, policy: { deletions: 'follow', trashDays: 30 }, version: 1n } };
    },
    listServers: async () => {
      const all = [...network.keys()].map((one) => {
        const said = { relation: one === iss ? 'self' : 'peer', introducedBy: '', since: undefined, blockedSince: undefined };
        return { profile: profileOf(one), ...said, retirement: undefined, retired: false, retiredByName: '' };
      });
      return { servers: all };
    },
    getInvitation: never,
    rotateInvitation: never,
    renewIdentity: never,
    updateSettings: never,
    checkUrl: never,
  });
}

function standInRecords(catalog: FakeCatalog): ServedService {
  return serve(RecordsServiceService, {
    async offerRecord({ record, fromIss }) {
      if (record === undefined) throw new OdstError('COMMON_REQUEST_INVALID', 'no record');
      const held = await catalog.offerRecord(record, fromIss);
      return {
        outcome: 'applied',
        package: undefined,
        held: held.map(({ signedBy, code, reason, isFinal }) => ({ record, signedBy, code, reason, isFinal })),
      };
    },
    async *getRecords({ uuids }) {
      for await (const record of catalog.records(uuids)) yield { record };
    },
    listRecordDigests: async (query) => ({ digests: [...(await catalog.recordDigests(query))] }),
    async listWanted({ after }) {
      const contents = await catalog.listWanted();
      const begin = Number(after);
      const page = contents.slice(begin, begin + wantedPage).map(({ toldByIss: fromIss, ...content }) => {
        return { ...content, packageUuid: '', filename: '', fromIss };
      });
      return { contents: page, next: begin + wantedPage < contents.length ? String(begin + wantedPage) : '' };
    },
    listLeaving: async () => ({
      contents: [...catalog.leaving.values()].map((content) => ({ ...content, stages: [...content.stages] })),
      next: '',
    }),
    letGo: async ({ packageUuid, sha256, holderName: name }) => {
      return { isLetGo: await catalog.letGo({ packageUuid, sha256, stages: [] }, { name }) };
    },
    namesContent: never,
  });
}

function standInBlobs(catalog: FakeCatalog, network: ReadonlyMap<string, { readonly catalog: FakeCatalog }>): ServedService {
  return serve(BlobsServiceService, {
    async *fetchBlob({ sha256, sizeBytes, sourceIss }) {
      yield { verifiedBytes: sizeBytes / 2n, sizeBytes, complete: false, strip: [100, 0] };
      if (network.get(sourceIss)?.catalog.blobs.has(sha256) !== true)
        throw new OdstError('STORAGE_PEER_FAILED', 'the source answered 404');
      catalog.hold(sha256);
      yield { verifiedBytes: sizeBytes, sizeBytes, complete: true, strip: [100, 100] };
    },
    holdBlobs: never,
    listHeld: async ({ prefix }) => {
      return { sha256s: [...catalog.blobs].filter((sha256) => sha256.startsWith(prefix)).sort(), next: '' };
    },
    getManifest: never,
    getDisk: never,
  });
}
