import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type Server, type ServerOptions, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

type Site = { readonly name: string; readonly state: string; readonly since: string | null; readonly heardAt: string | null };
type Head = {
  readonly stage: string;
  readonly sha256: string;
  readonly held: number;
  readonly of: number;
  readonly sites: readonly Site[];
};
type Counts = {
  readonly items: readonly {
    readonly filename: string;
    readonly stage: string;
    readonly held: number;
    readonly unknown: number;
    readonly of: number;
  }[];
  readonly sites: readonly { readonly name: string; readonly isHeard: boolean; readonly held: number; readonly of: number }[];
};

async function json<T>({ admin }: Server, path: string): Promise<T> {
  const answer = await admin.send(path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

async function headsOf(server: Server, filename: string): Promise<readonly Head[]> {
  const id = (await server.admin.findPackage(filename))?.id ?? 0;
  return (await json<{ readonly items: readonly Head[] }>(server, `/api/v1/packages/${id}/coverage`)).items;
}

/** `A verified, B waiting`: a package in its only stage, as a server knows it. */
async function statesAt(server: Server, filename: string): Promise<string> {
  const [head] = await headsOf(server, filename);
  return (head?.sites ?? []).map(({ name, state }) => `${name} ${state}`).join(', ');
}

/** Waits until it is so, and fails with what is known instead. */
async function becomes(server: Server, filename: string, states: string, timeoutMs: number): Promise<void> {
  let known = '';
  await eventually(async () => {
    known = await statesAt(server, filename);
    return known === states;
  }, timeoutMs).catch(() => undefined);
  expect(known).toBe(states);
}

test('coverage is what servers said, over a hub too: while one downloads, is killed, loses a file, and comes back', {
  timeout: 600_000,
}, async () => {
  await using folder = await temporaryDirectory();
  const optionsOf = async (name: string): Promise<ServerOptions> => {
    return { dataDir: join(folder.path, name), port: await freePort(), env: { ODST_NAME: name } };
  };
  const options = await optionsOf('B');
  await using hub = await startServerProcess(await optionsOf('A'));
  await using third = await startServerProcess(await optionsOf('C'));
  let spoke = await startServerProcess(options);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => spoke[Symbol.asyncDispose]());
  const { path, sha256 } = await installerFile(join(folder.path, 'x.pkg'), 5_000_000, 'x');
  expect((await hub.admin.upload(path, 'X.pkg', 'Prod')).status).toBe(201);
  // Alone, a server knows itself.
  await becomes(hub, 'X.pkg', 'A verified', 10_000);

  for (const one of [spoke, third]) expect((await one.admin.register(await hub.admin.about())).status).toBe(201);
  await becomesPublic(third, 'X.pkg', sha256);
  await becomes(hub, 'X.pkg', 'A verified, B verified, C verified', 40_000);
  // What B said reaches C, which does not know B but over A.
  await becomes(third, 'X.pkg', 'C verified, A verified, B verified', 40_000);
  const counts = await json<Counts>(third, '/api/v1/coverage?sort=worst');
  expect(counts.items).toMatchObject([{ filename: 'X.pkg', stage: 'Prod', held: 3, unknown: 0, of: 3 }]);
  expect(counts.sites).toMatchObject(['C', 'A', 'B'].map((name) => ({ name, isHeard: true, held: 1, of: 1 })));

  await spoke.kill();
  // A package that came while B was away: it does not hold it, though it is to.
  const later = await installerFile(join(folder.path, 'later.pkg'), 3_000_000, 'later');
  expect((await hub.admin.upload(later.path, 'Later.pkg', 'Prod')).status).toBe(201);
  await becomes(third, 'Later.pkg', 'C verified, A verified, B waiting', 60_000);
  expect(await statesAt(third, 'X.pkg')).toContain('B verified');
  await becomes(third, 'X.pkg', 'C verified, A verified, B unknown', 150_000);
  const [head] = await headsOf(third, 'X.pkg');
  expect(head).toMatchObject({ held: 2, of: 3 });
  expect(head?.sites.find(({ name }) => name === 'B')?.since).toMatch(/^\d{4}-/);

  // It lost a file meanwhile, and says so when it is back.
  const file = join(options.dataDir, 'blobs', sha256.slice(0, 2), sha256);
  await rename(file, join(folder.path, 'lost'));
  spoke = await startServerProcess(options);
  await becomes(third, 'X.pkg', 'C verified, A verified, B waiting', 90_000);
  await becomes(third, 'Later.pkg', 'C verified, A verified, B verified', 90_000);
  await rename(join(folder.path, 'lost'), file);
  await becomes(third, 'X.pkg', 'C verified, A verified, B verified', 120_000);
});
