import { join } from 'node:path';
import { freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { startServerProcess } from '../support/server-process.ts';

test('a server of a test that made an event which its AsyncAPI document lacks fails the test as it stops, and has stopped', async () => {
  await using folder = await temporaryDirectory();
  const options = { dataDir: join(folder.path, 'data'), port: await freePort(), main: 'tests/e2e/lying-feed-main.ts' };
  const server = await startServerProcess(options);
  await expect(server.stop()).rejects.toThrow(
    'org.odst.catalog.PackageInvented.v1 1: the document has no message org.odst.catalog.PackageInvented.v1',
  );
  expect(server.process.exitCode).toBe(0);
});
