import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, hasKafka, requirement, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = 'docs/guides/events.md';
const peer = 'kafkajs@2.2.4';
const hasRegistry = await requirement('npm-registry', () =>
  run('npm', ['view', peer, 'version']).then(
    () => true,
    () => false,
  ),
);
const withKafka = hasRegistry && (await hasKafka());

const stack = new AsyncDisposableStack();
let tarball = '';
let apiTarball = '';
let server: ServerProcess;
let broker = '';

beforeAll(async () => {
  const folder = stack.use(await temporaryDirectory()).path;
  const { command } = nodeProgram('');
  const pack = async (name: string) => (await run(command, ['tools/pack.ts', name, folder], { cwd: root })).stdout.trim();
  tarball = await pack('event-client');
  apiTarball = await pack('api-client');
  if (withKafka) broker = stack.use(await startKafkaBroker()).brokers;
  const env: Record<string, string> = withKafka ? { KAFKA_BROKERS: broker } : {};
  server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
  const file = await installerFile(join(folder, 'NoMAD.pkg'), 10_000, 'packed client');
  expect((await server.admin.upload(file.path, 'NoMAD.pkg', 'Prod')).status).toBe(201);
});
afterAll(() => stack.disposeAsync());

/** A project of somebody who has nothing of this workspace but the tarball. */
async function openProject(...packages: readonly string[]): Promise<string> {
  return openProjectWith(tarball, packages.length === 0 ? ['--offline'] : [], packages);
}

async function openProjectWith(client: string, how: readonly string[], packages: readonly string[]): Promise<string> {
  const made = await temporaryDirectory();
  onTestFinished(() => made[Symbol.asyncDispose]());
  const { path } = made;
  await writeFile(join(path, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', ...how, client, ...packages], { cwd: path });
  return path;
}

/** What the compiler says of a program of the project, with everything strict and the declarations of the package looked at too. */
async function compile(
  folder: string,
  program: string,
  platform: object = { lib: ['es2023'], types: ['node'] },
): Promise<string> {
  const compilerOptions = {
    ...{ target: 'es2023', module: 'nodenext', noEmit: true, strict: true, skipLibCheck: false },
    ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    ...{ typeRoots: [join(root, 'node_modules/@types')], ...platform },
  };
  await writeFile(join(folder, 'program.ts'), program);
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const { command } = nodeProgram('');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return run(command, [compiler, '-p', folder]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

/** Runs the program for the rest of the test. @returns what it printed so far */
function start(folder: string): () => string {
  const { command } = nodeProgram('');
  const child = spawn(command, ['program.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  });
  return () => output;
}

describe('the packed client of events, installed by npm in an empty folder', () => {
  test('compiles and runs the program of the guide', async () => {
    const folder = await openProject();
    const program = await guideBlock(guide, 'typescript', { '127.0.0.1:8080': `127.0.0.1:${server.port}` });
    expect(await compile(folder, program)).toBe('');
    const output = start(folder);
    await eventually(() => output().includes('NoMAD.pkg is public\n'), 60_000);
  });

  test('refuses what the contracts do not have, so nothing in its types is any', async () => {
    const folder = await openProject();
    const program = `import type { EventPayloads, KnownEventType } from '@odst/event-client';
type IsAny<T> = 0 extends 1 & T ? true : false;
type Anys = { [Type in KnownEventType]: true extends { [Name in keyof EventPayloads[Type]]: IsAny<EventPayloads[Type][Name]> }[keyof EventPayloads[Type]] ? Type : never }[KnownEventType];
export const none: [Anys] extends [never] ? true : false = true;
export const published = (data: EventPayloads['org.odst.catalog.PackagePublished.v1']): string | undefined => data.content?.sha256;
`;
    expect(await compile(folder, program)).toBe('');
    expect(await compile(folder, program.replace('?.sha256', '?.sha25'))).toContain("Did you mean 'sha256'?");
    const { dependencies } = JSON.parse(await readFile(join(folder, 'node_modules/@odst/event-client/package.json'), 'utf8'));
    expect(dependencies).toBeUndefined();
  });

  test.skipIf(!withKafka)('reads from Kafka with kafkajs beside it, as the registry has it', async () => {
    const folder = await openProject(peer);
    const program = await guideBlock(guide, 'typescript-kafka', { '127.0.0.1:9092': broker });
    expect(await compile(folder, program)).toBe('');
    const output = start(folder);
    await eventually(() => output().includes('NoMAD.pkg is public\n'), 60_000);
  });
});

describe('the packed client of the HTTP API, installed by npm in an empty folder', () => {
  test.skipIf(!hasRegistry)('compiles for Node and for browsers, and does what its README shows', async () => {
    const folder = await openProjectWith(apiTarball, [], []);
    const shown = await guideBlock('packages/api-client/README.md', 'program', {
      'https://ods.example.org': server.url,
      '{ token }': "{ username: 'admin', password: 'ods1234!' }",
    });
    expect(await compile(folder, shown.replace('filename', 'fileName'))).toContain("Property 'fileName' does not exist");
    expect(await compile(folder, shown)).toBe('');
    expect(await compile(folder, shown, { lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'], types: [] })).toBe('');
    const output = start(folder);
    await eventually(() => output() === 'NoMAD.pkg Prod\nCATALOG_PACKAGE_UNKNOWN\n', 60_000);
  });
});
