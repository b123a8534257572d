import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { filesBelow } from '../support/files-below.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { type ServerOptions, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

/** Where the server dies, and whether the upload must be there afterwards although it was not acknowledged. */
const points = [
  ['storage.staging-written', 'gone'],
  ['storage.fsynced', 'gone'],
  ['storage.renamed', 'gone'],
  ['storage.appended.UploadStarted', 'gone'],
  ['storage.appended.UploadCompleted', 'finished'],
  ['storage.appended.BlobVerified', 'finished'],
  ['storage.before-201', 'finished'],
] as const;

let folder: TemporaryDirectory;
let options: ServerOptions;
let kept: InstallerFile;

beforeAll(async () => {
  folder = await temporaryDirectory();
  options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  kept = await installerFile(join(folder.path, 'kept.pkg'), 70_000, 'kept');
  await using server = await startServerProcess(options);
  expect((await server.admin.upload(kept.path, 'Kept.pkg', 'Prod')).status).toBe(201);
});

afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
});

test.each(points)('a server killed at %s starts again by itself, and the upload is %s', async (point, outcome) => {
  const name = `${point}.pkg`;
  const file = await installerFile(join(folder.path, name), 5_000_000, point);
  const doomed = await startServerProcess({
    ...options,
    main: 'tests/chaos/crashing-main.ts',
    env: { ODST_TEST_CRASH_AT: point },
  });
  await expect(doomed.admin.upload(file.path, name, 'Prod')).rejects.toThrow();
  expect(await doomed.exited).toBeNull();

  await using server = await startServerProcess(options);
  expect(await sha256Of(await server.admin.download('Kept.pkg'))).toBe(kept.sha256);
  if (outcome === 'finished') {
    await becomesPublic(server, name, file.sha256);
    expect(await sha256Of(await server.admin.download(name))).toBe(file.sha256);
  } else {
    expect(await server.admin.findPackage(name)).toBeUndefined();
    expect((await server.admin.download(name)).status).toBe(404);
  }
  // Whatever came of it, the same upload works now, and nothing half is left behind.
  expect((await server.admin.upload(file.path, name, 'Prod')).status).toBe(201);
  expect(await sha256Of(await server.admin.download(name))).toBe(file.sha256);
  await eventually(async () => {
    expect(await filesBelow(join(options.dataDir, 'staging'))).toEqual([]);
    expect(await filesBelow(join(options.dataDir, 'blobs'))).toHaveLength((await server.admin.packages()).length);
    return true;
  });
});
