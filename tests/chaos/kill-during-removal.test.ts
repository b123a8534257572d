import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { filesBelow } from '../support/files-below.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';

const timeout = 600_000;
const dayMs = 24 * 3_600_000;

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

const blobs = () => filesBelow(join(options.dataDir, 'blobs'));
const blobOf = ({ sha256 }: InstallerFile) => join(sha256.slice(0, 2), sha256);
const crashing = (point: string, clockOffsetMs = 0): ServerOptions => ({
  ...options,
  main: 'tests/chaos/crashing-main.ts',
  env: { ODST_TEST_CRASH_AT: point, ODST_TEST_CLOCK_OFFSET_MS: String(clockOffsetMs) },
});

/** Has a server die while it refuses an upload: its name is taken by other content. */
async function refusedUntilKilled(file: InstallerFile, point: string): Promise<void> {
  const doomed = await startServerProcess(crashing(point));
  await expect(doomed.admin.upload(file.path, 'Kept.pkg', 'Prod')).rejects.toThrow();
  expect(await doomed.exited).toBeNull();
}

test.each(['storage.appended.BlobRemoved', 'storage.unlinked'])(
  'a server killed at %s removes the rest at its next start, and takes the same bytes again',
  { timeout },
  async (point) => {
    const file = await installerFile(join(folder.path, point), 3_000_000, point);
    await refusedUntilKilled(file, point);
    await using server = await startServerProcess(options);
    await eventually(async () => !(await blobs()).includes(blobOf(file)));
    expect(await sha256Of(await server.admin.download('Kept.pkg'))).toBe(kept.sha256);
    const name = `${point}.pkg`;
    expect((await server.admin.upload(file.path, name, 'Prod')).status).toBe(201);
    expect(await sha256Of(await server.admin.download(name))).toBe(file.sha256);
  },
);

test('what nothing names leaves the disk after a day, whenever the server is killed', { timeout }, async () => {
  const file = await installerFile(join(folder.path, 'refused.pkg'), 3_000_000, 'refused');
  const removalEvents = async ({ admin }: ServerProcess) =>
    (await admin.events()).items.filter(
      ({ type, data }) => /\.Blob(Unreferenced|Removed)\./.test(type) && data['blob'] === file.sha256,
    );
  await refusedUntilKilled(file, 'storage.appended.UploadDiscarded');
  expect(await blobs()).toContain(blobOf(file));
  {
    await using server = await startServerProcess(options);
    await eventually(async () => (await removalEvents(server)).length === 1, 120_000);
    expect(await blobs()).toContain(blobOf(file));
  }
  const doomed = await startServerProcess(crashing('storage.appended.BlobRemoved', dayMs + 60_000));
  expect(await doomed.exited).toBeNull();
  expect(await blobs()).toContain(blobOf(file));

  await using server = await startServerProcess(options);
  await eventually(async () => !(await blobs()).includes(blobOf(file)));
  await eventually(async () => (await removalEvents(server)).length >= 2);
  expect(await removalEvents(server)).toMatchObject([
    { type: 'org.odst.storage.BlobUnreferenced.v1', data: { sizeBytes: '3000000' } },
    { type: 'org.odst.storage.BlobRemoved.v1', data: { sizeBytes: '3000000', reason: 'nothing names the content' } },
  ]);
  expect(await sha256Of(await server.admin.download('Kept.pkg'))).toBe(kept.sha256);
  await eventually(() => server.log().includes('removed a blob that nothing names'));
});
