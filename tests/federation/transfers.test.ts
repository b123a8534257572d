import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatedProxy, startGatedProxy } from '../support/gated-proxy.ts';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));
const megabyte = 1_048_576;
const generousMs = 120_000;

type Transfer = {
  readonly id: string;
  readonly package: { readonly filename: string };
  readonly state: string;
  readonly reason: string | null;
  readonly verifiedBytes: number | null;
  readonly rateBytesPerSecond: number;
  readonly etaSeconds: number | null;
  readonly sources: readonly { readonly name: string | null }[];
  readonly first: boolean;
};

let folder: TemporaryDirectory;
let proxy: GatedProxy;
let optionsOfB: ServerOptions;
let [a, b] = [] as unknown as [ServerProcess, ServerProcess];
const names = ['Small.pkg', 'Large.pkg', 'Later.pkg', 'Urgent.pkg'] as const;
const shas = new Map<string, string>();

beforeAll(async () => {
  folder = await temporaryDirectory();
  const portOfA = await freePort();
  proxy = await startGatedProxy(portOfA);
  optionsOfB = { dataDir: join(folder.path, 'b'), port: await freePort(), env: { ODST_NAME: 'B' } };
  const options = [
    { dataDir: join(folder.path, 'a'), port: portOfA, env: { ODST_NAME: 'A', ODST_PUBLIC_URL: proxy.url } },
    optionsOfB,
  ];
  [a, b] = (await Promise.all(options.map(startServerProcess))) as [ServerProcess, ServerProcess];
  for (const name of names) {
    const file = await installerFile(join(folder.path, name), 8 * megabyte, name);
    shas.set(name, file.sha256);
    expect((await a.admin.upload(file.path, name, 'Prod')).status).toBe(201);
  }
  expect((await a.admin.register(await b.admin.about())).status).toBe(201);
});

afterAll(async () => {
  await Promise.all([a, b].map((server) => server?.stop()));
  await proxy?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function transfers(): Promise<readonly Transfer[]> {
  return ((await (await b.admin.send('/api/v1/transfers')).json()) as { readonly items: readonly Transfer[] }).items;
}
const transferOf = async (name: string) => (await transfers()).find((one) => one.package.filename === name);
const patch = (path: string, body: object) =>
  b.admin.send(path, { method: 'PATCH', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

type Told = { readonly items: readonly { readonly verifiedBytes: number | null; readonly paused?: boolean }[] };

const sumOf = (items: Told['items']) => items.reduce((sum, { verifiedBytes }) => sum + (verifiedBytes ?? 0), 0);

/** Gathers what a live stream tells beside the events, until it ends. */
function readBlocks(answer: Response) {
  const blocks: (readonly [event: string, data: Told])[] = [];
  const read = async (): Promise<void> => {
    let text = '';
    for await (const piece of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const parts = (text + piece).split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        if (event !== undefined) blocks.push([event, JSON.parse(data ?? '')]);
      }
    }
  };
  read().catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  });
  return { of: (event: string) => blocks.flatMap(([name, data]) => (name === event ? [data] : [])) };
}

/** Runs a block of the guide as its reader does. @returns what its commands printed */
async function follow(mark: string, guide = 'transfers', server: ServerProcess = b): Promise<string> {
  const text = await guideBlock(`docs/guides/${guide}.md`, mark, {});
  const { command } = nodeProgram('');
  const script = text.replaceAll('npx -y pnpm odst', `'${command}' '${cli}'`).replaceAll('http://127.0.0.1:8080', server.url);
  const env = { PATH: process.env['PATH'] ?? '', ODST_URL: server.url, ODST_PASSWORD: 'ods1234!' };
  return (await run('bash', ['-ec', script], { cwd: folder.path, env })).stdout;
}

test('a slow transfer is seen with its bytes, paused, put first, resumed, as the guide says', {
  timeout: 1_200_000,
}, async () => {
  const all = await eventually(async () => {
    const found = await transfers();
    return found.length === names.length && found.filter(({ state }) => state === 'running').length === 2 && found;
  }, generousMs);
  expect(all.map(({ state, sources }) => [state, sources])).toEqual(
    ['running', 'running', 'waiting', 'waiting'].map((state) => [state, [{ iss: expect.any(String), name: 'A' }]]),
  );
  expect(all[2]?.reason).toContain('waits for its turn');
  const listed = await follow('list');
  for (const name of names) expect(listed).toContain(name);

  const abort = new AbortController();
  const stream = await b.admin.send('/api/v1/stream', { signal: abort.signal });
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  const told = readBlocks(stream);
  proxy.allow(6 * megabyte);
  const grown = await eventually(async () => {
    const found = (await transfers()).find(({ verifiedBytes }) => (verifiedBytes ?? 0) >= megabyte);
    return found !== undefined && found.rateBytesPerSecond >= 0 && found;
  }, generousMs);
  expect(grown.state).toBe('running');

  // A page sees the same without asking.
  await eventually(() => {
    const bytes = told.of('transfers').map(({ items }) => sumOf(items));
    return bytes.length > 1 && (bytes.at(-1) ?? 0) > (bytes[0] ?? 0);
  }, generousMs);
  await eventually(() => {
    expect(told.of('peers').at(-1)?.items).toMatchObject([{ state: 'online', queuedTransfers: names.length, paused: false }]);
    return true;
  }, generousMs);

  const waiting = (await transfers()).filter(({ state }) => state === 'waiting').map((one) => one.package.filename);
  if (waiting.includes('Urgent.pkg')) {
    expect(await follow('first')).toContain('Urgent.pkg: ');
    await eventually(async () => (await transferOf('Urgent.pkg'))?.state === 'running', generousMs);
  }
  expect(await follow('pause')).toContain('Large.pkg: paused; paused by account:admin: the line is needed until six');

  // Of a peer that is paused nothing comes, and what it tells counts all the same.
  const peer = (await b.admin.peers())[0]?.id ?? 0;
  expect((await patch(`/api/v1/peers/${peer}`, { paused: true, reason: 'a test' })).status).toBe(200);
  expect(await b.admin.peerStates()).toMatchObject([{ paused: true, pausedBy: 'account:admin', pauseReason: 'a test' }]);
  await eventually(async () => (await transfers()).every(({ state }) => state === 'waiting'), generousMs);
  const before = await transfers();
  proxy.allow(64 * megabyte);
  const late = await installerFile(join(folder.path, 'Late.pkg'), megabyte, 'late');
  const unheld = await a.admin.upload(late.path, 'Late.pkg', 'Prod', { query: '?wait=B&waitSeconds=1' });
  expect([unheld.status, await unheld.json()]).toMatchObject([201, { spread: { complete: false, missing: [{ name: 'B' }] } }]);
  const nowhere = await a.admin.upload(late.path, 'Nowhere.pkg', 'Prod', { query: '?wait=C' });
  expect([nowhere.status, await a.admin.findPackage('Nowhere.pkg')]).toEqual([422, undefined]);
  await eventually(async () => (await b.admin.findPackage('Late.pkg'))?.status === 'Downloading', generousMs);
  expect((await transfers()).filter((one) => one.package.filename !== 'Late.pkg')).toEqual(before);

  await eventually(() => told.of('peers').some(({ items }) => items[0]?.paused === true), generousMs);
  abort.abort();

  // What was decided is known after a restart.
  const [paused] = before;
  expect((await patch(`/api/v1/transfers/${paused?.id}`, { paused: true, reason: 'kept' })).status).toBe(200);
  await b.stop();
  b = await startServerProcess(optionsOfB);
  const kept = await eventually(async () => {
    const found = (await transfers()).find(({ id }) => id === paused?.id);
    return found?.state === 'paused' && found;
  }, generousMs);
  expect(kept).toMatchObject({ reason: 'paused by account:admin: kept', verifiedBytes: paused?.verifiedBytes ?? 0 });
  expect(await b.admin.peerStates()).toMatchObject([{ paused: true }]);
  expect(await follow('peer')).toContain('A: its packages are fetched again.');
  for (const name of names) {
    const sha256 = shas.get(name) ?? '';
    if (sha256 !== paused?.id) await becomesPublic(b, name, sha256, generousMs);
  }
  await eventually(async () => {
    expect((await transfers()).map(({ id }) => id)).toEqual([paused?.id]);
    return true;
  }, generousMs);
  expect((await patch(`/api/v1/transfers/${paused?.id}`, { paused: false })).status).toBe(200);
  await eventually(async () => (await transfers()).length === 0, generousMs);
  // Whoever waits for all at the other server is told when this one has said that it holds it.
  expect(JSON.parse(await follow('coverage', 'coverage', a))).toMatchObject({ waited: { complete: true, missing: [] } });
  await installerFile(join(folder.path, 'Agent.pkg'), megabyte, 'agent');
  expect(JSON.parse(await follow('wait', 'coverage', a))).toMatchObject({ spread: { complete: true, held: 2, of: 2 } });
  expect((await b.admin.findPackage('Agent.pkg'))?.status).toBe('Public');

  const types = await eventually(async () => {
    const { items } = await b.admin.events('0', 1_000);
    const all = items.map(({ type }) => type.split('.').at(-2));
    expect(all).toEqual(expect.arrayContaining(['TransferPaused', 'TransferResumed', 'FetchingPaused', 'FetchingResumed']));
    expect(all.filter((type) => type === 'TransferResumed')).toHaveLength(all.filter((type) => type === 'TransferPaused').length);
    return all;
  }, generousMs);
  expect(types.filter((type) => type === 'ReplicationFailed')).toEqual([]);
});
