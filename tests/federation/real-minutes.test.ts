import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { meets, openMesh } from '../support/mesh.ts';
import { type Server, type ServerOptions, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

// What takes minutes by the clock of a whole server. The tests wait for nearly all of them, so they wait at the same time.

type Site = {
  readonly iss: string;
  readonly name: string;
  readonly state: string;
  readonly since: string | null;
  readonly reason: string | null;
  readonly heardAt: string | null;
};
type Row = {
  readonly name: string;
  readonly retired: boolean;
  readonly retirement: { readonly byName: string | null; readonly actor: string; readonly reason: string | null } | null;
};
type Peer = { readonly inStep: boolean; readonly behind: number | null; readonly readToEndAt: string | null };
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

/** Takes a file out of a server's folder. @returns puts it back */
async function loseFile(dataDir: string, sha256: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'blobs', sha256.slice(0, 2), sha256);
  await rename(file, `${dataDir}.lost`);
  return () => rename(`${dataDir}.lost`, file);
}

async function rowOf(server: Server, name: string): Promise<Row | undefined> {
  return (await json<{ readonly items: readonly Row[] }>(server, '/api/v1/servers')).items.find((row) => row.name === name);
}

// One server is silent for the two real minutes that it takes; what else takes its time is shown meanwhile.
test.concurrent('coverage is what servers said, over a hub too: while one downloads, is killed, loses a file, is retired, and comes back', {
  timeout: 1_200_000,
}, async () => {
  await using folder = await temporaryDirectory();
  const optionsOf = async (name: string, stage = 'Prod'): Promise<ServerOptions> => {
    return { dataDir: join(folder.path, name), port: await freePort(), env: { ODST_NAME: name, ODST_STAGE: stage } };
  };
  const [ofHub, ofThird, ofSpoke] = [await optionsOf('A'), await optionsOf('C'), await optionsOf('B')];
  await using stack = new AsyncDisposableStack();
  const starting = await Promise.allSettled([ofHub, ofThird, ofSpoke].map((options) => startServerProcess(options)));
  const servers = starting.flatMap((started) => (started.status === 'fulfilled' ? [stack.use(started.value)] : []));
  const [hub, third, killed] = servers;
  if (hub === undefined || third === undefined || killed === undefined) throw new Error(JSON.stringify(starting));
  const { path, sha256 } = await installerFile(join(folder.path, 'x.pkg'), 5_000_000, 'x');
  expect((await hub.admin.upload(path, 'X.pkg', 'Prod')).status).toBe(201);
  // Alone, a server knows itself.
  await becomes(hub, 'X.pkg', 'A verified', 60_000);

  for (const one of [killed, third]) expect((await one.admin.register(await hub.admin.about())).status).toBe(201);
  await becomesPublic(third, 'X.pkg', sha256);
  await becomes(hub, 'X.pkg', 'A verified, B verified, C verified', 180_000);
  // What B said reaches C, which does not know B but over A.
  await becomes(third, 'X.pkg', 'C verified, A verified, B verified', 180_000);
  const counts = await json<Counts>(third, '/api/v1/coverage?sort=worst');
  expect(counts.items).toMatchObject([{ filename: 'X.pkg', stage: 'Prod', held: 3, unknown: 0, of: 3 }]);
  expect(counts.sites).toMatchObject(['C', 'A', 'B'].map((name) => ({ name, isHeard: true, held: 1, of: 1 })));
  const peerOf = async (server: Server) => (await json<{ readonly items: readonly Peer[] }>(server, '/api/v1/peers')).items[0];
  // What is said anew, as a heartbeat, puts it out of step for a moment.
  await eventually(async () => {
    expect(await peerOf(third)).toMatchObject({ inStep: true, behind: 0, readToEndAt: expect.any(String) });
    return true;
  }, 60_000);

  await killed.kill();
  // A package that came while B was away: it does not hold it, though it is to. C lost a file and says so.
  const later = await installerFile(join(folder.path, 'later.pkg'), 3_000_000, 'later');
  const trial = await installerFile(join(folder.path, 'trial.pkg'), 1_000_000, 'trial');
  expect((await hub.admin.upload(later.path, 'Later.pkg', 'Prod')).status).toBe(201);
  expect((await hub.admin.upload(trial.path, 'Trial.pkg', 'Dev')).status).toBe(201);
  await becomes(third, 'Later.pkg', 'C verified, A verified, B waiting', 60_000);
  expect(await statesAt(third, 'X.pkg')).toContain('B verified');
  // The hub says a moment after the upload that it has the bytes, though it need not.
  const reasonsOfTrial = async () => {
    const [tried] = await headsOf(hub, 'Trial.pkg');
    expect(tried).toMatchObject({ stage: 'Dev', held: 0, of: 0 });
    return tried?.sites.map(({ name, state, reason }) => `${name} ${state}: ${reason}`) ?? [];
  };
  await eventually(
    async () => (await reasonsOfTrial())[0]?.endsWith('it said that it has the bytes all the same') ?? false,
    120_000,
  );
  expect(await reasonsOfTrial()).toEqual([
    'A withheld: serves Prod, and this is in Dev only; it said that it has the bytes all the same',
    'B withheld: serves Prod, and this is in Dev only',
    'C withheld: serves Prod, and this is in Dev only',
  ]);
  const putBack = await loseFile(ofThird.dataDir, later.sha256);
  // It looks at its folder once a minute; meanwhile B may have been silent for long enough.
  await eventually(async () => /^A verified, B \w+, C waiting$/.test(await statesAt(hub, 'Later.pkg')), 180_000);
  await putBack();
  await becomes(third, 'X.pkg', 'C verified, A verified, B unknown', 240_000);
  const [head] = await headsOf(third, 'X.pkg');
  const silent = head?.sites.find(({ name }) => name === 'B');
  expect(head).toMatchObject({ held: 2, of: 3 });
  expect(silent).toMatchObject({ since: expect.stringMatching(/^\d{4}-/), reason: `not heard since ${silent?.since}` });
  await becomes(hub, 'Later.pkg', 'A verified, B unknown, C verified', 180_000);

  // C, to which B is no peer, takes it for gone; the hub, whose peer it is, may not.
  const retire = (server: Server, body: object) =>
    server.admin.send(`/api/v1/servers/${silent?.iss}/retire`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(body),
    });
  expect(await (await retire(hub, {})).json()).toMatchObject({ status: 409, code: 'REGISTRATION_SERVER_IS_PEER' });
  expect(await (await retire(third, { reason: 'it burnt' })).json()).toMatchObject({
    wasRetired: false,
    server: { retired: true },
  });
  for (const server of [third, hub]) {
    await eventually(async () => (await rowOf(server, 'B'))?.retired === true, 120_000);
    expect((await rowOf(server, 'B'))?.retirement).toMatchObject({ byName: 'C', actor: 'account:admin', reason: 'it burnt' });
  }
  await becomes(third, 'X.pkg', 'C verified, A verified', 60_000);
  await becomes(hub, 'X.pkg', 'A verified, C verified', 60_000);

  // It lives, has heard of it, and lost a file meanwhile, which it says.
  await loseFile(ofSpoke.dataDir, sha256);
  stack.use(await startServerProcess(ofSpoke));
  await becomes(third, 'X.pkg', 'C verified, A verified, B waiting', 180_000);
  await becomes(third, 'Later.pkg', 'C verified, A verified, B verified', 180_000);
  await eventually(async () => (await rowOf(hub, 'B'))?.retired === false, 60_000);
  expect(await rowOf(hub, 'B')).toMatchObject({ retired: false, retirement: { byName: 'C' } });
  await eventually(async () => {
    const types = (await third.admin.events()).items.map(({ type }) => type.split('.').at(-2));
    for (const type of ['ServerRetired', 'ServerReturned']) expect(types.filter((one) => one === type)).toHaveLength(1);
    return true;
  });
});

/** A holder is heard of within 45 s of the minute that it takes at least, and what is leaving is looked at every minute. */
const letGoMs = 400_000;

type Leaving = {
  readonly id: number;
  readonly status: string;
  readonly serves: string | null;
  readonly leaving: readonly { readonly sha256: string }[];
  readonly letGo: readonly { readonly sha256: string; readonly holder: { readonly name: string } }[];
};

describe.concurrent('a demotion below a Prod site', { timeout: 1_200_000 }, () => {
  test('leaves it serving while the Dev site is away, and until that one holds the bytes; then it lets go', async () => {
    await using mesh = await openMesh({ Hub: 'Prod', Berlin: 'Prod', Lab: 'Dev' });
    for (const name of ['Berlin', 'Lab']) await mesh.register(name, 'Hub');
    const former = await mesh.upload('Hub', 'former', 'Prod');
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', former);
    await mesh.stop('Lab');
    const tool = await mesh.upload('Hub', 'tool', 'Prod', true);
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', tool);
    const at = (name: string, path = '', init?: RequestInit) => mesh.of(name).admin.send(`/api/v1/packages/1${path}`, init);
    const shown = async () => (await (await at('Berlin')).json()) as Leaving;

    // It says before what Prod sites are left with, and what they could be given back instead.
    const headers = { 'content-type': 'application/json' };
    const dry = await at('Hub', '/demote?dryRun=true', { method: 'POST', body: '{"to":"Dev"}', headers });
    expect(await dry.json()).toMatchObject({
      effects: [{ stage: 'Dev' }, { stage: 'Test' }, { stage: 'Prod', before: { sha256: tool }, after: null }],
      former: { sha256: former },
    });
    await mesh.act('Hub', 'demote', { to: 'Dev' });
    await meets(mesh, 'Berlin', [tool, null, null]);
    await eventually(async () => (await shown()).leaving.length === 1);
    expect(await shown()).toMatchObject({ status: 'Public', serves: 'Dev', leaving: [{ sha256: tool }], letGo: [] });
    expect(await mesh.served('Berlin')).toBe(tool);

    // A download that runs when it is let go ends with every byte.
    const download = await mesh.of('Berlin').admin.download('x.pkg');
    const reader = download.body?.getReader();
    const first = await reader?.read();
    const got = createHash('sha256').update(first?.value ?? '');

    await mesh.start('Lab');
    await becomesPublic(mesh.of('Lab'), 'x.pkg', tool);
    await eventually(async () => (await mesh.served('Berlin')) === 404, letGoMs);
    expect([await mesh.served('Lab'), await mesh.served('Hub')]).toEqual([tool, tool]);
    expect(await shown()).toMatchObject({
      status: 'Withheld',
      serves: null,
      leaving: [],
      letGo: [{ sha256: tool, holder: { name: 'Lab' } }],
    });
    const history = (await (await at('Berlin', '/history')).json()) as { readonly items: readonly { readonly type: string }[] };
    expect(history.items.find(({ type }) => type === 'PackageLetGo')).toMatchObject({ data: { holderName: 'Lab' } });
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) got.update(next.value);
    expect(got.digest('hex')).toBe(tool);

    // Its bytes are still on the disk: promoted again they are served at once, without another fetch.
    await mesh.act('Hub', 'promote', { to: 'Prod' });
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', tool);
    expect((await shown()).letGo).toEqual([]);
  });
});
