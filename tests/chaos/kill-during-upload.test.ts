import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { filesBelow } from '../support/files-below.ts';
import { installerFile } from '../support/installer-file.ts';
import { startServerProcess } from '../support/server-process.ts';

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

test.each(points)(
  'a server killed at %s starts again by itself, and the upload is %s',
  { timeout: 120_000 },
  async (point, outcome) => {
    await using folder = await temporaryDirectory();
    const options = { dataDir: join(folder.path, 'data'), port: await freePort() };
    const kept = await installerFile(join(folder.path, 'kept.pkg'), 70_000, 'kept');
    const file = await installerFile(join(folder.path, 'file.pkg'), 5_000_000, point);

    const doomed = await startServerProcess({
      ...options,
      main: 'tests/chaos/crashing-main.ts',
      env: { ODST_TEST_CRASH_AT: `${point}#2` },
    });
    expect((await doomed.admin.upload(kept.path, 'Kept.pkg', 'Prod')).status).toBe(201);
    await expect(doomed.admin.upload(file.path, 'File.pkg', 'Prod')).rejects.toThrow();
    expect(await doomed.exited).toBeNull();

    await using server = await startServerProcess(options);
    expect(await sha256Of(await server.admin.download('Kept.pkg'))).toBe(kept.sha256);
    if (outcome === 'finished') {
      const row = await eventually(() => server.admin.findPackage('File.pkg'), 15_000);
      expect(row).toMatchObject({ status: 'Public', sha256: file.sha256 });
      expect(await sha256Of(await server.admin.download('File.pkg'))).toBe(file.sha256);
    } else {
      expect(await server.admin.findPackage('File.pkg')).toBeUndefined();
      expect((await server.admin.download('File.pkg')).status).toBe(404);
    }
    // Whatever came of it, the same upload works now, and nothing half is left behind.
    expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
    expect(await sha256Of(await server.admin.download('File.pkg'))).toBe(file.sha256);
    await eventually(async () => {
      expect(await filesBelow(join(options.dataDir, 'staging'))).toEqual([]);
      expect(await filesBelow(join(options.dataDir, 'blobs'))).toHaveLength(2);
      return true;
    }, 15_000);
  },
);
