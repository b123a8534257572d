import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createKeyedLock, startPeriodic, warnWith } from '@odst/async';
import { type ServiceRuntime, serveDeadLetters, serveProjections } from '@odst/backbone';
import { defaultReserveBytes, openFileBlobStore } from '@odst/blob-store';
import { AccessServiceService, TrustServiceService } from '@odst/contracts/registration';
import { serveEvents, startGrpcServer } from '@odst/grpc';
import { createAuthorizer, type HttpRoutes } from '@odst/http';
import { noFault } from '@odst/kernel';
import { peerOptionsOf } from '@odst/peer-client';
import type { PostgresTransaction } from '@odst/postgres';
import { withFaultPoints } from './adapters/fault-point-store.ts';
import { loadGrantKey } from './adapters/grant-key.ts';
import { createGrpcCatalog } from './adapters/grpc/grpc-catalog.ts';
import { createGrpcSpread } from './adapters/grpc/grpc-spread.ts';
import { createGrpcTrust } from './adapters/grpc/grpc-trust.ts';
import { startHashPool } from './adapters/hashing/hash-pool.ts';
import { createHttpPeerBlobs } from './adapters/http-peer-blobs.ts';
import { createPgBlobIndex } from './adapters/pg/pg-blob-index.ts';
import { createPgManifestStore } from './adapters/pg/pg-manifest-store.ts';
import { createPgRemovedBlobs } from './adapters/pg/pg-removed-blobs.ts';
import { createPgResumableIndex } from './adapters/pg/pg-resumable-index.ts';
import { createPgUploadIndex } from './adapters/pg/pg-upload-index.ts';
import type { StorageDeps as UseCaseDeps } from './app/deps.ts';
import { createFastPlaces } from './app/fast-places.ts';
import { createFetches } from './app/fetch/fetches.ts';
import { createFindDownload } from './app/find-download.ts';
import { createGrants } from './app/grants.ts';
import { createHoldBlobs } from './app/hold-blobs.ts';
import { createLoadManifest } from './app/load-manifest.ts';
import { createRemovalRounds, defaultRemovalPace, type RemovalPace } from './app/removal-rounds.ts';
import { createResumableUploads } from './app/resumable/resumable-uploads.ts';
import { createSealing } from './app/sealing.ts';
import { createStreams } from './app/streams.ts';
import { sweep } from './app/sweep.ts';
import { watchTrustedPeers } from './app/trusted-peers.ts';
import { createUploads } from './app/uploads.ts';
import { buildDataPlane } from './data-plane/data-plane.ts';
import { serveBlobs } from './grpc/blobs-service.ts';

/** What storage runs on. */
export type StorageDeps = Omit<ServiceRuntime, 'bus' | 'inbox'> & {
  /** Folder of the blobs. */
  readonly blobsDir: string;
  /** Folder in which uploads and transfers grow, on the same volume. */
  readonly stagingDir: string;
  /** Keys of the table of secrets, 32 bytes each, the newest first. */
  readonly databaseKeys: readonly Uint8Array[];
  readonly maxUploadBytes: number;
  /** Bytes of the volume that are kept free. Default 1 GiB. */
  readonly reserveBytes?: number;
  /** Extensions that may be uploaded, lower case, without the dot; `*` allows all. Default pkg, mpkg, dmg, zip. */
  readonly allowedExtensions?: readonly string[];
  /** Hours after the last byte after which a resumable upload ends. Default 24 */
  readonly uploadExpiryHours?: number;
  /** When bytes that nothing names are removed. Default 24 h after the last use, looked for every hour. */
  readonly removalPace?: RemovalPace;
};

/** A storage service that runs. */
export type RunningStorage = AsyncDisposable & {
  /** Where gRPC is served, with the port that was taken. */
  readonly address: string;
  /** The byte routes, to be mounted on a listener: the gateway's, or one of their own. */
  readonly routes: HttpRoutes;
};

const nothingFits =
  'ODST_DISK_RESERVE_BYTES keeps more free than the volume of the packages has: no upload and no transfer fits; set a smaller one';

const defaultExtensions = ['pkg', 'mpkg', 'dmg', 'zip'];
const sweepEveryMs = 60_000;
const defaultExpiryHours = 24;

/** Memory of all transfers together, in MiB. */
const slots = 24;

/** Memory in which senders that prove fast gather whole chunks, in MiB. */
const fastPlaces = 24;

/** Each holds at most 256 KiB: a small block, and what its connection has read ahead of it. So all of them hold 100 MiB. */
const uploadsAtOnce = 400;

/** Whole digests of a file in one thread, those of its chunks in another: an upload uses both, so two are worth having on any machine. */
const hashThreads = Math.max(2, Math.min(4, availableParallelism()));

/** Starts the gRPC server and the sweep. Disposing gives up uploads and transfers under way; what is verified stays. */
export async function startStorage(deps: StorageDeps): Promise<RunningStorage> {
  const { store, logger, clock } = deps;
  await using stack = new AsyncDisposableStack();
  const stopping = new AbortController();
  const opened = await openUseCases(deps, stack);
  const sealing = stack.use(createSealing(opened, stopping.signal));
  const useCases = { ...opened, sealing };
  const trust = deps.connect('registration').client(TrustServiceService);
  const peerBlobs = stack.use(createHttpPeerBlobs({ trust, ...peerOptionsOf(deps) }));
  const trustPort = createGrpcTrust(trust);
  const uploads = stack.use(createUploads(useCases));
  const expiryMs = (deps.uploadExpiryHours ?? defaultExpiryHours) * 3_600_000;
  const resumableUploads = stack.use(createResumableUploads({ ...useCases, stopping: stopping.signal }, { expiryMs }));
  const liveUploads = { has: (id: string) => uploads.live.has(id) || resumableUploads.live.has(id) };
  const fetches = createFetches({ ...useCases, peerBlobs });
  const loadManifest = createLoadManifest(useCases);
  const tidy = () => resumableUploads.tidy();
  startSweep(useCases, tidy, { uploads: liveUploads, fetches: fetches.live }, stack);
  startRemoval(deps, useCases, fetches.live, stack);
  const server = stack.use(
    await startGrpcServer({
      address: deps.address,
      services: [
        serveBlobs({
          ...useCases,
          reserveBytes: deps.reserveBytes ?? defaultReserveBytes,
          metrics: deps.metrics,
          holdBlobs: createHoldBlobs(useCases),
          fetches,
          loadManifest,
          stopping: stopping.signal,
        }),
        serveEvents(store),
        serveProjections(),
        serveDeadLetters(deps),
      ],
      internalToken: deps.internalToken,
      logger,
    }),
  );
  const routes = buildDataPlane({
    authorizer: createAuthorizer(deps.connect('registration').client(AccessServiceService)),
    beginUpload: (start) => uploads.begin(start),
    spread: createGrpcSpread(deps.connect('sync')),
    resumableUploads,
    uploadsAtOnce,
    allowedExtensions: deps.allowedExtensions ?? defaultExtensions,
    maxUploadBytes: deps.maxUploadBytes,
    stopping: stopping.signal,
    trust: trustPort,
    trustedPeers: stack.use(watchTrustedPeers({ trust: trustPort, clock, logger })),
    grants: createGrants(await loadGrantKey(deps.pool, deps.schema, deps.databaseKeys), clock),
    loadManifest,
    blobStore: useCases.blobStore,
    findDownload: createFindDownload({ ...useCases, fetches }),
    clock,
    metrics: deps.metrics,
  });
  stack.defer(() => stopping.abort());
  const running = stack.move();
  return { address: server.address, routes, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function startSweep(
  useCases: Parameters<typeof sweep<PostgresTransaction>>[0],
  tidy: () => Promise<void>,
  live: Parameters<typeof sweep<PostgresTransaction>>[1],
  stack: AsyncDisposableStack,
): void {
  const run = async () => {
    await tidy();
    await sweep(useCases, live);
  };
  stack.use(startPeriodic({ name: 'the sweep', intervalMs: sweepEveryMs, run, onError: warnWith(useCases.logger) }));
}

function startRemoval(
  { removalPace: pace = defaultRemovalPace, logger, metrics }: StorageDeps,
  useCases: UseCaseDeps<PostgresTransaction>,
  fetches: ReadonlySet<string>,
  stack: AsyncDisposableStack,
): void {
  const { blobIndex } = useCases;
  const rounds = createRemovalRounds(useCases, fetches, pace);
  const one = (read: () => number | Promise<number>) => async () => [{ labels: {}, value: await read() }];
  stack.use(metrics.read('odst_blob_unreferenced_bytes', one(blobIndex.unreferencedBytes)));
  stack.use(
    metrics.read(
      'odst_blob_unknown_bytes',
      one(() => rounds.unknownBytes),
    ),
  );
  stack.use(
    startPeriodic({
      name: 'the search for blobs that nothing names',
      intervalMs: pace.everyMs,
      run: rounds.run,
      onError: warnWith(logger),
    }),
  );
}

const elapsedMs = () => performance.now();

async function openUseCases(deps: StorageDeps, stack: AsyncDisposableStack): Promise<UseCaseDeps<PostgresTransaction>> {
  const { pool, store, blobsDir, stagingDir, reserveBytes = defaultReserveBytes, faultPoint = noFault } = deps;
  const blobStore = await openFileBlobStore({ blobsDir, stagingDir, reserveBytes, faultPoint });
  const { totalBytes } = await blobStore.usage();
  if (reserveBytes >= totalBytes) deps.logger.warn({ reserveBytes, totalBytes }, nothingFits);
  return {
    blobStore,
    hashPool: stack.use(startHashPool({ threads: hashThreads, slots })),
    fastPlaces: createFastPlaces(fastPlaces, elapsedMs),
    streams: createStreams(withFaultPoints(store, faultPoint)),
    blobIndex: createPgBlobIndex(pool),
    removedBlobs: createPgRemovedBlobs(pool),
    uploadIndex: createPgUploadIndex(pool),
    resumableIndex: createPgResumableIndex(pool),
    manifests: createPgManifestStore(pool),
    catalog: createGrpcCatalog(deps.connect('catalog')),
    contentLock: createKeyedLock(),
    clock: deps.clock,
    elapsedMs,
    idleMs: () => performance.eventLoopUtilization().idle,
    newId: randomUUID,
    faultPoint,
    logger: deps.logger,
    metrics: deps.metrics,
  };
}
