import { systemTimers } from '@odst/async';
import { type ServiceRuntime, serveDeadLetters, serveProjections } from '@odst/backbone';
import { TrustServiceService } from '@odst/contracts/registration';
import { serveEvents, startGrpcServer } from '@odst/grpc';
import { peerOptionsOf } from '@odst/peer-client';
import { createEd25519Statements } from './adapters/ed25519-statements.ts';
import { createGrpcBlobFetcher, createGrpcCatalog, createGrpcPeerDirectory } from './adapters/grpc-services.ts';
import { createGrpcHeldContents, createGrpcSites } from './adapters/grpc-sites.ts';
import { createHttpPeerServers } from './adapters/http-peer-servers.ts';
import { measurePeers } from './adapters/measure-peers.ts';
import { createPgFeedStore } from './adapters/pg-feed-store.ts';
import { createPgPeerStore } from './adapters/pg-peer-store.ts';
import { systemChance } from './adapters/system-chance.ts';
import { startBrain } from './app/brain.ts';
import { serveCoverage } from './grpc/coverage-service.ts';
import { serveDigests, serveFeed } from './grpc/feed-service.ts';
import { serveTransfers } from './grpc/transfers-service.ts';
import { startBlobsReaction } from './reactions/blobs-reaction.ts';
import { startFeedReaction } from './reactions/feed-reaction.ts';
import { startServersReaction } from './reactions/servers-reaction.ts';

/** What sync runs on. */
export type SyncDeps = Omit<ServiceRuntime, 'schema'>;

/** A sync service that runs. */
export type RunningSync = AsyncDisposable & {
  /** Where gRPC is served, with the port that was taken. */
  readonly address: string;
};

/** Starts the brain, its subscriptions and its gRPC server. Disposing stops what runs; all of it goes on at the next start. */
export async function startSync(deps: SyncDeps): Promise<RunningSync> {
  const { connect, logger } = deps;
  await using stack = new AsyncDisposableStack();
  const stopping = new AbortController();
  const registration = connect('registration');
  const trust = registration.client(TrustServiceService);
  const storage = connect('storage');
  const servers = stack.use(createHttpPeerServers({ trust, ...peerOptionsOf(deps) }));
  const feed = createPgFeedStore(deps.pool, () => systemChance.uuid().replaceAll('-', ''));
  await feed.begin(systemChance.uuid().replaceAll('-', '').slice(-16));
  const brain = stack.use(
    startBrain({
      store: deps.store,
      feed,
      peers: createPgPeerStore(deps.pool),
      directory: createGrpcPeerDirectory(registration, systemChance),
      servers,
      catalog: createGrpcCatalog(connect('catalog'), systemChance),
      fetcher: createGrpcBlobFetcher(storage),
      sites: createGrpcSites(registration),
      signatures: createEd25519Statements(trust),
      contents: createGrpcHeldContents(storage),
      scheduler: { ...systemTimers, now: () => deps.clock.now() },
      chance: systemChance,
      logger,
    }),
  );
  stack.use(measurePeers(brain, deps));
  const server = stack.use(
    await startGrpcServer({
      address: deps.address,
      services: [
        serveFeed(brain, stopping.signal),
        serveDigests(brain, stopping.signal),
        serveTransfers(brain, stopping.signal),
        serveCoverage(brain, stopping.signal),
        serveEvents(deps.store),
        serveProjections(),
        serveDeadLetters(deps),
      ],
      internalToken: deps.internalToken,
      logger,
    }),
  );
  stack.defer(() => stopping.abort());
  stack.use(await startFeedReaction(deps, brain));
  stack.use(await startServersReaction(deps, brain));
  stack.use(await startBlobsReaction(deps, brain.statements));
  const running = stack.move();
  return { address: server.address, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
