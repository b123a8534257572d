import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSilentLogger } from '@odst/telemetry';
import { requirement, temporaryDirectory } from '@odst/test-kit';
import { expect, test } from 'vitest';
import { findBinaries } from '../src/binaries.ts';
import { initializeDataDirectory } from '../src/initialize.ts';
import { spawnPostgres } from '../src/postgres-process.ts';
import { asPostgresUser } from '../src/run-as.ts';
import { serverSettings } from '../src/server-settings.ts';
import { openSocketFolder, socketPort } from '../src/socket-folder.ts';

const isRoot = await requirement('root', () => process.getuid?.() === 0);
const logger = createSilentLogger();

test.runIf(isRoot)('runs as another user where root has no user namespaces, in a folder that only lets it through', async () => {
  await using folder = await temporaryDirectory();
  const { initdb, postgres } = await findBinaries();
  const dataDir = join(folder.path, 'postgres');
  const runAs = asPostgresUser({ binary: postgres, folder: folder.path }, 'nobody');
  expect((await stat(folder.path)).mode & 0o777).toBe(0o711);
  await initializeDataDirectory(dataDir, initdb, runAs, logger);
  await using sockets = await openSocketFolder({ ...runAs, dataDir, purpose: 'postgres', logger });
  const server = spawnPostgres({ postgres, dataDir, settings: serverSettings(sockets.path), runAs, logger });
  await server.ready({ host: sockets.path, port: socketPort, user: 'odst', database: 'postgres' });
  expect((await stat(join(dataDir, 'postmaster.pid'))).uid).toBe(runAs.owner);
  await server.stop();
});

test.runIf(isRoot)('tells what that user cannot reach, or that there is none', async () => {
  await using folder = await temporaryDirectory();
  await mkdir(join(folder.path, 'inside'));
  const { postgres } = await findBinaries();
  const choose = (user: string) => () => asPostgresUser({ binary: postgres, folder: join(folder.path, 'inside') }, user);
  expect(choose('nobody')).toThrow(
    `the user nobody cannot reach ${join(folder.path, 'inside')}; start the server as an ordinary user`,
  );
  expect(choose('nosuchuser')).toThrow('there is no user nosuchuser');
});
