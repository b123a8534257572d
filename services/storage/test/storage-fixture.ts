import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyedLock } from '@odst/async';
import { type BlobStore, type DiskUsage, openFileBlobStore } from '@odst/blob-store';
import { createPostgresEventStore, eventStoreMigrations } from '@odst/event-store-postgres';
import { isOdstError, OdstError } from '@odst/kernel';
import { createPool, migrate, type PostgresTransaction } from '@odst/postgres';
import { createLogger, createMetrics, createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, type TestDatabase, temporaryDirectory } from '@odst/testing';
import pg from 'pg';
import { withFaultPoints } from '../src/adapters/fault-point-store.ts';
import { startHashPool } from '../src/adapters/hashing/hash-pool.ts';
import { createPgBlobIndex } from '../src/adapters/pg/pg-blob-index.ts';
import { createPgManifestStore } from '../src/adapters/pg/pg-manifest-store.ts';
import { createPgRemovedBlobs } from '../src/adapters/pg/pg-removed-blobs.ts';
import { createPgResumableIndex } from '../src/adapters/pg/pg-resumable-index.ts';
import { createPgUploadIndex } from '../src/adapters/pg/pg-upload-index.ts';
import type { UploadDeps } from '../src/app/commit-upload.ts';
import type { StorageDeps } from '../src/app/deps.ts';
import { createFastPlaces } from '../src/app/fast-places.ts';
import { createSealing } from '../src/app/sealing.ts';
import { createStreams } from '../src/app/streams.ts';
import { storageDefinition } from '../src/index.ts';
import { type CatalogFake, catalogFake } from './catalog-fake.ts';

const gibibyte = 1_073_741_824;

/** Storage without its listeners: real files, threads and PostgreSQL, a catalog in memory. */
export type StorageFixture = AsyncDisposable & {
  readonly deps: UploadDeps<PostgresTransaction>;
  readonly catalog: CatalogFake;
  readonly database: TestDatabase;
  readonly freeSlots: () => number;
  /** Throws at the fault point of this name from now on, as a crash would end the process. */
  crashAt(name: string): void;
  /** Fault points passed so far. */
  readonly passed: readonly string[];
  /** Bytes that the disk believes to have above the reserve. */
  setAvailableBytes(bytes: number): void;
  /** Lets no time pass from now on, so the server is never idle: every sender is too fast for the digests of chunks. */
  stopClock(): void;
  /** Lets so much time pass on the stopped clock. */
  advanceClock(ms: number): void;
  /** Moves the clock of the wall on: what was noted so far is so much older. */
  passTime(ms: number): void;
  /** The page of the metrics. */
  metricsPage(): Promise<string>;
  /** How many lines of the log have these words. */
  logged(words: string): number;
  /** Types of all events, in order. */
  eventTypes(): Promise<readonly string[]>;
  /** Everything on disk. */
  files(): Promise<{ readonly blobs: string[]; readonly staging: string[] }>;
  readonly folder: string;
  /** The same server after a crash: new process memory over the same database and files. */
  restarted(): Promise<StorageFixture>;
};

/** What a simulated crash throws. */
const crash = new OdstError('COMMON_INTERNAL', 'crashed at a fault point');

/** Starts the fixture. */
export async function startStorageFixture(): Promise<StorageFixture> {
  const folder = await temporaryDirectory();
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const logger = createSilentLogger();
  const components = [eventStoreMigrations, ...storageDefinition.migrations];
  await migrate({ client, schema: 'storage', components, logger });
  await client.end();
  let disposed: Promise<void> | undefined;
  const disposeRest = async () => {
    await database[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return open(folder.path, database, catalogFake(), () => {
    disposed ??= disposeRest();
    return disposed;
  });
}

async function open(
  folder: string,
  database: TestDatabase,
  catalog: CatalogFake,
  disposeRest: () => Promise<void>,
): Promise<StorageFixture> {
  const lines: string[] = [];
  const logger = createLogger({ name: 'storage', destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics({ logger });
  const pool = createPool(database.url, { applicationName: 'storage test', schema: 'storage', logger });
  const store = createPostgresEventStore({ pool, schema: 'storage' });
  const hashPool = startHashPool({ threads: 2, slots: 8 });
  let freeBytes = 100 * gibibyte;
  let crashPoint = '';
  let clockStopped = false;
  let stoppedAt = 0;
  let aheadMs = 0;
  const passed: string[] = [];
  const faultPoint = async (name: string) => {
    passed.push(name);
    if (name === crashPoint) throw crash;
  };
  const blobStore: BlobStore = await openFileBlobStore({
    blobsDir: join(folder, 'blobs'),
    stagingDir: join(folder, 'staging'),
    disk: { measure: async (): Promise<DiskUsage> => ({ totalBytes: 200 * gibibyte, freeBytes, usedBytes: 0 }) },
    reserveBytes: 10 * gibibyte,
    faultPoint,
  });
  const stopping = new AbortController();
  const parts: StorageDeps<PostgresTransaction> = {
    blobStore,
    hashPool,
    fastPlaces: createFastPlaces(2, () => performance.now()),
    streams: createStreams(withFaultPoints(store, faultPoint)),
    blobIndex: createPgBlobIndex(pool),
    removedBlobs: createPgRemovedBlobs(pool),
    uploadIndex: createPgUploadIndex(pool),
    resumableIndex: createPgResumableIndex(pool),
    manifests: createPgManifestStore(pool),
    catalog,
    contentLock: createKeyedLock(),
    clock: { now: () => new Date(Date.now() + aheadMs) },
    elapsedMs: () => (clockStopped ? stoppedAt : performance.now()),
    idleMs: () => (clockStopped ? 0 : performance.eventLoopUtilization().idle),
    newId: randomUUID,
    faultPoint,
    logger,
    metrics,
  };
  const sealing = createSealing(parts, stopping.signal);
  const deps: UploadDeps<PostgresTransaction> = { ...parts, sealing };
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    stopping.abort();
    await sealing[Symbol.asyncDispose]();
    await hashPool[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await pool.end();
  };
  const filesIn = async (name: string) =>
    (await readdir(join(folder, name), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  return {
    deps,
    catalog,
    database,
    folder,
    passed,
    freeSlots: () => hashPool.freeSlots,
    crashAt(name) {
      crashPoint = name;
    },
    stopClock() {
      clockStopped = true;
    },
    advanceClock(ms) {
      stoppedAt += ms;
    },
    passTime(ms) {
      aheadMs += ms;
    },
    metricsPage: () => metrics.page(),
    logged: (words) => lines.filter((line) => line.includes(words)).length,
    setAvailableBytes(bytes) {
      freeBytes = 10 * gibibyte + bytes;
    },
    eventTypes: async () => (await store.readAll(0n, 1_000)).map(({ type }) => type),
    files: async () => ({ blobs: await filesIn('blobs'), staging: await filesIn('staging') }),
    async restarted() {
      await close();
      return open(folder, database, catalog, disposeRest);
    },
    async [Symbol.asyncDispose]() {
      await close();
      await disposeRest();
    },
  };
}

/** Whether an error is the simulated crash. */
export function isCrash(error: unknown): boolean {
  return isOdstError(error) && (error === crash || error.cause === crash);
}
