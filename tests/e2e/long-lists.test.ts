import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { fillWithPackages } from '../support/many-packages.ts';
import { headOf, openSocket } from '../support/raw-http.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

/** Packages of the list. 10,000, of 50 sites each, take some minutes: ODST_TEST_LISTED_PACKAGES=10000. */
const packageCount = Number(process.env['ODST_TEST_LISTED_PACKAGES'] ?? 3_000);
const siteCount = 50;
const atOnce = 8;
const rounds = 8;
const slowReaders = 100;

/** What the program may keep of what it used once: below what a single list of objects of 10,000 packages takes. */
const slackMiB = 60;

/** PSS of the server's process. */
async function memoryMiB({ process: { pid } }: ServerProcess): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]) / 1_024;
}

/** Reads the list again and again, several at once. @returns the most memory, as what is garbage goes when the engine likes */
async function mostMemoryMiB(server: ServerProcess): Promise<number> {
  let most = 0;
  for (let round = 0; round < rounds; round += 1) {
    const lists = await Promise.all(Array.from({ length: atOnce }, () => server.admin.packages()));
    expect(lists.map((list) => list.length)).toEqual(lists.map(() => packageCount));
    most = Math.max(most, await memoryMiB(server));
  }
  return most;
}

/** Asks for the list and takes nothing of it but its beginning, which says that it is on its way. */
async function readSlowly({ port, admin: { authorization } }: ServerProcess) {
  const socket = await openSocket(port);
  socket.write(headOf({ path: '/api/admin/packages', headers: { authorization } }, port));
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('readable', resolve);
  await promise;
  expect(socket.read(12)?.toString()).toBe('HTTP/1.1 200');
  return { [Symbol.dispose]: () => socket.destroy() };
}

// PSS is told by Linux alone.
test.runIf(process.platform === 'linux')(
  'the memory of a server stays what it is, however often a long list is read, and however slowly',
  async () => {
    await using folder = await temporaryDirectory();
    await using server = await startServerProcess({ dataDir: join(folder.path, 'server'), port: await freePort() });
    await fillWithPackages(server, packageCount, siteCount);
    const warm = await mostMemoryMiB(server);
    const highest = await mostMemoryMiB(server);
    expect(highest - warm).toBeLessThan(slackMiB);

    using readers = new DisposableStack();
    for (let reader = 0; reader < slowReaders; reader += 1) readers.use(await readSlowly(server));
    // Another list is whole, though those before it wait to be read.
    expect(await server.admin.packages()).toHaveLength(packageCount);
    const held = await memoryMiB(server);
    expect(held - warm).toBeLessThan(slackMiB);
    process.stdout.write(
      `${packageCount} packages of ${siteCount} sites: ${warm.toFixed(0)} MiB at most in the first lists, ${highest.toFixed(0)} MiB at most in ` +
        `${rounds * atOnce} more, ${held.toFixed(0)} MiB with ${slowReaders} readers that take nothing\n`,
    );
  },
  600_000 + packageCount * 60,
);
