import { mkdir, readdir, readFile, symlink, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, temporaryDirectory } from '@odst/test-kit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSocketFolder, startEmbeddedPostgres } from '../src/index.ts';
import { processesOf } from '../src/processes.ts';
import { startHolder } from './holder.ts';
import { query } from './query.ts';

const logger = createSilentLogger();
let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  temporary = await temporaryDirectory();
  vi.stubEnv('TMPDIR', temporary.path);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await temporary[Symbol.asyncDispose]();
});

/** The folders of servers; the tests themselves have folders there too. */
const folders = async () => (await readdir(temporary.path)).filter((name) => /^odst-(?!test-)/.test(name));

/** What lies in the folder for temporary files after somebody else started. */
async function foldersAfterAStart(): Promise<readonly string[]> {
  await using another = await openSocketFolder({ dataDir: '/of/another/server', purpose: 'services', logger });
  return (await folders()).filter((name) => name !== basename(another.path));
}

test('is removed at the stop', async () => {
  await using folder = await temporaryDirectory();
  {
    await using _postgres = await startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), logger });
    expect(await folders()).toHaveLength(1);
  }
  expect(await folders()).toEqual([]);
});

test('of a server that was killed is removed at the start of another, once its PostgreSQL has ended too', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'postgres');
  const holder = startHolder(dataDir);
  await holder.told;
  const [name = ''] = await folders();
  await holder.kill('SIGKILL');
  expect(await foldersAfterAStart()).toEqual([name]);
  process.kill(Number.parseInt(await readFile(join(dataDir, 'postmaster.pid'), 'utf8'), 10), 'SIGQUIT');
  await eventually(async () => (await processesOf(dataDir)).length === 0);
  expect(await foldersAfterAStart()).toEqual([]);
});

test('of a living server is left alone, in this process or another one', async () => {
  await using folder = await temporaryDirectory();
  await using here = await startEmbeddedPostgres({ dataDir: join(folder.path, 'here'), logger });
  await using there = startHolder(join(folder.path, 'there'));
  const { url = '' } = await there.told;
  expect(await foldersAfterAStart()).toHaveLength(2);
  expect(await foldersAfterAStart()).toHaveLength(2);
  await using second = startHolder(join(folder.path, 'second'));
  await second.told;
  for (const each of [url, here.url()]) expect(await query(each, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('of a killed process without PostgreSQL is removed, and made anew by the next one of the same data directory', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  const holder = startHolder(dataDir, 'sockets');
  await holder.told;
  await holder.kill('SIGKILL');
  expect(await folders()).toHaveLength(1);
  await using anew = await openSocketFolder({ dataDir, purpose: 'services', logger });
  expect(await folders()).toEqual([basename(anew.path)]);
  expect(await readdir(anew.path)).toEqual(['lock']);
});

test('what is no folder of a server stays, and nobody is led elsewhere by a link', async () => {
  const others = ['odst-notes', 'odst-0123456789ab', 'odst-0123456789ab-services'];
  for (const name of others) await mkdir(join(temporary.path, name));
  await using elsewhere = await temporaryDirectory();
  await symlink(elsewhere.path, join(temporary.path, 'odst-ffffffffffff'));
  expect((await foldersAfterAStart()).toSorted()).toEqual([...others, 'odst-ffffffffffff'].toSorted());
});

test('without a lock is removed a minute after it was made, as its server was killed before it took one', async () => {
  const made = async (name: string, agoMs: number): Promise<void> => {
    const path = join(temporary.path, name);
    await mkdir(path);
    const at = new Date(Date.now() - agoMs);
    await utimes(path, at, at);
  };
  const kept = ['odst-ci', 'odst-0123456789abc', 'odst-0123456789ab-other', 'odst-notes-services'];
  for (const name of ['odst-0123456789ab', 'odst-0123456789ab-services', ...kept]) await made(name, 61_000);
  await made('odst-ba9876543210', 5_000);
  expect((await foldersAfterAStart()).toSorted()).toEqual([...kept, 'odst-ba9876543210'].toSorted());
});
