import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { findBinaries } from './binaries.ts';
import { takeDirectoryLock } from './directory-lock.ts';
import { ensureDatabase } from './ensure-database.ts';
import { initializeDataDirectory, ownerRole } from './initialize.ts';
import { clearOrphan } from './orphan.ts';
import { spawnPostgres } from './postgres-process.ts';
import { chooseRunAs } from './run-as.ts';
import { serverSettings } from './server-settings.ts';
import { openSocketFolder, socketPort } from './socket-folder.ts';

/** The database that the product uses: a name of its own, so that dump and restore elsewhere keep the roles' names. */
const productDatabase = 'odst';

/** A PostgreSQL 18 of our own. Disposing stops it (≤ 8 s) and gives the data directory free; it may be called twice. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** For `pg`: the folder of the Unix socket, the role that owns the server, and the database `odst`. */
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /**
   * The same as a URL, for the settings that take one.
   * @param database default `odst`, made at the first start
   * @param role default the owner; no password is needed, the socket's folder is closed to other users
   */
  url(database?: string, role?: string): string;
}

/** What {@link startEmbeddedPostgres} takes. */
export type EmbeddedPostgresOptions = {
  /** Folder of the database cluster; made, with the folders above it, when missing. A file `<dataDir>.lock` is put beside it. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** PostgreSQL settings that replace ours, for tests; default none. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called once when PostgreSQL ends without having been asked to, after the start. The server must stop then. */
  readonly onExit?: (error: OdstError) => void;
};

/**
 * Starts PostgreSQL on a data directory and returns when it takes connections: about 1 s for a new directory, a fraction of it
 * later. Whatever state a `kill -9` left is cleared first, an orphaned PostgreSQL and a half-made directory included.
 * @throws OdstError COMMON_DATA_DIR_IN_USE when another server runs on the directory; of two at the same moment one wins
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when it cannot be started; the message says why
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger } = options;
  const dataDir = await realDataDirectory(options.dataDir);
  await using parts = new AsyncDisposableStack();
  parts.use(takeDirectoryLock(`${dataDir}.lock`, dataDir));
  const binaries = await findBinaries();
  const runAs = chooseRunAs({ binary: binaries.postgres, folder: dirname(dataDir) });
  await initializeDataDirectory(dataDir, binaries.initdb, runAs, logger);
  await clearOrphan(dataDir, logger);
  const { path: socketDir } = parts.use(await openSocketFolder({ ...runAs, dataDir, purpose: 'postgres', logger }));
  const connection = { host: socketDir, port: socketPort, user: ownerRole, database: productDatabase };

  const settings = { ...serverSettings(socketDir), ...options.settings };
  const server = spawnPostgres({ postgres: binaries.postgres, dataDir, settings, runAs, logger });
  let stopping = false;
  parts.defer(async () => {
    stopping = true;
    await server.stop();
  });
  await server.ready({ ...connection, database: 'postgres' });
  await ensureDatabase(connection);
  void server.ended.then((reason) => {
    if (!stopping) options.onExit?.(new OdstError('COMMON_DATABASE_UNAVAILABLE', reason));
  });
  const running = parts.move();
  let stopped: Promise<void> | undefined;
  return {
    connection,
    url: (database = productDatabase, role = ownerRole) => socketUrl(socketDir, database, role),
    [Symbol.asyncDispose]: () => (stopped ??= running.disposeAsync()),
  };
}

/** `sslmode` is named because a PGSSLMODE of the environment would else ask for TLS on the socket. */
function socketUrl(socketDir: string, database: string, role: string): string {
  const [host, path, user] = [socketDir, database, role].map(encodeURIComponent);
  return `postgres://${user}@${host}:${socketPort}/${path}?sslmode=disable`;
}

/** The same folder under one name, whichever way it was written: lock and socket are named after it. */
async function realDataDirectory(path: string): Promise<string> {
  const absolute = resolve(path);
  await mkdir(dirname(absolute), { recursive: true, mode: 0o700 });
  const parent = await realpath(dirname(absolute));
  return realpath(absolute).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return join(parent, basename(absolute));
    throw error;
  });
}
