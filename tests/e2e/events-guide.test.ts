import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasKcat } from '../support/kcat.ts';
import { nodeProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const guide = 'docs/guides/events.md';
/** Whose packages the programs of the guide find. */
const workspaceFolder = fileURLToPath(new URL('../', import.meta.url));
const withKafka = await hasKcat();

const stack = new AsyncDisposableStack();
let server: ServerProcess;
let folder: string;
/** A broker of its own: the guide reads the topics under the default prefix. */
let broker = '';

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  if (withKafka) broker = stack.use(await startKafkaBroker()).brokers;
  const env: Record<string, string> = withKafka ? { KAFKA_BROKERS: broker } : {};
  server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
  const file = await installerFile(join(folder, 'NoMAD.pkg'), 10_000, 'events guide');
  expect((await server.admin.upload(file.path, 'NoMAD.pkg', 'Prod')).status).toBe(201);
  // The last events of either service: over Kafka the feed follows some seconds after the first start.
  await eventually(async () => {
    const types = (await server.admin.events()).items.map(({ type }) => type);
    expect(types).toContain('org.odst.storage.UploadAccepted.v1');
    expect(types).toContain('org.odst.catalog.PackagePublished.v1');
    return true;
  }, 60_000);
});
afterAll(() => stack.disposeAsync());

const here = () => ({ '127.0.0.1:8080': `127.0.0.1:${server.port}` });
const linesOf = async (mark: string, places: Record<string, string>) =>
  (await guideBlock(guide, mark, places)).trimEnd().split('\n');

/** Runs for the rest of the test what does not end by itself. @returns what it printed so far */
function runFor(child: ChildProcess): () => string {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  });
  return () => output;
}

/** Runs a program of the guide, which stands nowhere, in the folder of this test. */
function runProgram(text: string): () => string {
  const { command } = nodeProgram('');
  const own = text.replace(/createFileCheckpoint\('(.*)'\)/, (_whole, file) => `createFileCheckpoint('${join(folder, file)}')`);
  const child = spawn(command, ['--input-type=module-typescript', '-'], {
    cwd: workspaceFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.end(own);
  return runFor(child);
}

describe('the guide to events', () => {
  test('pages with curl', async () => {
    const lines = await linesOf('paging', here());
    expect(lines).toHaveLength(5);
    const script = lines.map((line, index) => (index > 1 ? `${line}; echo` : line)).join('\n');
    // Until nothing came while it ran.
    const { all, pages } = await eventually(async () => {
      const before = await server.admin.events();
      const { stdout } = await run('bash', ['-ec', script], { cwd: folder });
      const read = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const after = await server.admin.events();
      return after.next === before.next && { all: after, pages: read };
    }, 60_000);
    expect(pages).toHaveLength(3);
    expect(pages[0].items).toEqual(all.items.slice(3, 6));
    expect(pages[1].items.map(({ type }: { type: string }) => type).toSorted()).toEqual([
      'org.odst.catalog.PackagePublished.v1',
      'org.odst.catalog.PackageUploaded.v1',
    ]);
    expect(pages[2]).toEqual({ items: [], next: all.items.at(-1)?.feedsequence });
  });

  test('reads live with curl', async () => {
    const lines = await linesOf('live', here());
    expect(lines).toHaveLength(2);
    const [filtered, resumed] = lines.map((line) =>
      runFor(spawn('bash', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'inherit'] })),
    );
    await eventually(() => filtered?.().includes('"filename":"NoMAD.pkg"'), 60_000);
    const { items } = await server.admin.events();
    await eventually(() => resumed?.().includes(`id: ${items.at(-1)?.feedsequence}\ndata: {`), 60_000);
    // More may have come behind them.
    const ids = resumed?.().match(/^id: .*/gm) ?? [];
    expect(ids.slice(0, items.length - 3)).toEqual(items.slice(3).map(({ feedsequence }) => `id: ${feedsequence}`));
  });

  test('follows with curl what a page shows', async () => {
    const [line = ''] = await linesOf('stream', here());
    const output = runFor(spawn('bash', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'inherit'] }));
    await eventually(() => output().includes('event: transfers\ndata: {"items":[],"others":0,'), 60_000);
    expect(output()).toContain('event: peers\ndata: {"items":[]}');
  });

  test('reads with the TypeScript client', async () => {
    const output = runProgram(await guideBlock(guide, 'typescript', here()));
    await eventually(() => output().includes('NoMAD.pkg is public\n'), 60_000);
  });
});

describe.skipIf(!withKafka)('the guide to events, on Kafka', () => {
  const there = () => ({ '127.0.0.1:9092': broker });

  test('reads with kcat', async () => {
    const lines = await linesOf('kcat', there());
    expect(lines).toHaveLength(2);
    await eventually(async () => {
      for (const line of lines) {
        const { stdout } = await run('bash', ['-ec', line], { maxBuffer: 64 * 1_048_576 });
        expect(stdout).toContain('"type":"org.odst.catalog.PackagePublished.v1"');
      }
      return true;
    }, 60_000);
  });

  test('reads with the TypeScript client', async () => {
    const output = runProgram(await guideBlock(guide, 'typescript-kafka', there()));
    await eventually(() => output().includes('NoMAD.pkg is public\n'), 60_000);
  });
});
