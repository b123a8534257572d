import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { EventsServiceService } from '@odst/contracts/common';
import { connectService, type ServiceName, type ServiceShape, serviceToken } from '@odst/grpc';
import { createTestDatabase, eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage } from '../support/admin-client.ts';
import { nodeProgram, startProgram } from '../support/program.ts';
import { startServerProcess } from '../support/server-process.ts';
import { copyWorkspace, type Edits, linkPackage } from '../support/workspace-copy.ts';

const overlay = fileURLToPath(new URL('../fixtures/new-service/', import.meta.url));
const edits: Edits = JSON.parse(await readFile(join(overlay, 'edits.json'), 'utf8'));
const internalToken = randomBytes(32).toString('base64');

let folder: TemporaryDirectory;
let workspace: string;

const run = async (...args: readonly string[]) => promisify(execFile)(nodeProgram('').command, args, { cwd: workspace });
const page = (path: string) => readFile(join(workspace, path), 'utf8');

beforeAll(async () => {
  folder = await temporaryDirectory();
  workspace = join(folder.path, 'workspace');
  await copyWorkspace(workspace, overlay, edits);
  await linkPackage(workspace, 'services/notes', ['standalone']);
  await run('tools/generate.ts');
  await run('tools/generate-docs.ts');
});
afterAll(() => folder?.[Symbol.asyncDispose]());

test('a service takes three edits outside of its own files', () => {
  expect(Object.keys(edits)).toHaveLength(3);
});

test('the compiler has nothing against it', async () => {
  const users = ['services/notes', 'standalone/src', 'gateway/src', 'packages/event-client/src'];
  const config = { extends: './tsconfig.json', include: users, exclude: ['**/node_modules'] };
  await writeFile(join(workspace, 'tsconfig.users.json'), JSON.stringify(config));
  const compiled = run('node_modules/typescript/bin/tsc', '--project', 'tsconfig.users.json');
  const { stdout } = await compiled.catch((refused: { readonly stdout: string }) => refused);
  expect(stdout).toBe('');
});

test('its settings and its event stand on the pages of reference', async () => {
  const settings = await page('docs/reference/settings.md');
  expect(settings).toContain('\n## notes\n\n| variable | default | meaning |\n|---|---|---|\n| `NOTES_GREETING` | `Hello` |');
  expect(settings).toContain('\n| `NOTES_ADDRESS` | `notes:50051` |');
  const asyncApi = await page('docs/reference/asyncapi.yaml');
  expect(asyncApi).toContain('org.odst.notes.NoteWritten.v1');
  expect(asyncApi).toMatch(/address: .*[.]notes[.]v1/);
  expect(await page('packages/event-client/src/events/known-events.ts')).toContain("'org.odst.notes.NoteWritten.v1'");
});

test('a standalone server runs it, shows its events in the feed, and asks it for its dead letters', async () => {
  const options = { dataDir: join(folder.path, 'standalone'), port: await freePort(), env: { NOTES_GREETING: 'Moin' } };
  await using server = await startServerProcess({ ...options, main: join(workspace, 'standalone/src/main.js') });
  const { items } = await eventually(async () => {
    const found = (await (await server.admin.send('/api/v1/events?types=NoteWritten')).json()) as FeedPage;
    return found.items.length > 0 ? found : undefined;
  });
  expect(items).toMatchObject([{ type: 'org.odst.notes.NoteWritten.v1', data: { text: 'Moin, I have started' } }]);
  expect(await (await fetch(`${server.url}/api/asyncapi.yaml`)).text()).toBe(await page('docs/reference/asyncapi.yaml'));
  const letters = await server.admin.send('/api/v1/dead-letters');
  expect([letters.status, await letters.json()]).toMatchObject([200, { items: [] }]);
});

test('in a process of its own it has a role and a table of its own, and answers those only that it names', async () => {
  await using database = await createTestDatabase();
  const ports = { registration: await freePort(), notes: await freePort() };
  const startOne = async (service: keyof typeof ports, more: Readonly<Record<string, string>> = {}) => {
    const health = await freePort();
    const program = startProgram({
      ...nodeProgram(join(workspace, `services/${service}/src/main.js`)),
      env: {
        DATABASE_URL: database.url,
        DATABASE_KEY: Buffer.alloc(32, 7).toString('base64'),
        ODST_INTERNAL_TOKEN: internalToken,
        ODST_GRPC_PORT: `${ports[service]}`,
        ODST_HEALTH_PORT: `${health}`,
        REGISTRATION_ADDRESS: `127.0.0.1:${ports.registration}`,
        ...more,
      },
      logFile: join(folder.path, `${service}.log`),
    });
    const isReady = async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok;
    return { program, isReady, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  };

  const refused = await startOne('notes', { NOTES_ADDRESS: 'nowhere' });
  expect(await refused.program.exited).toBe(1);
  expect(refused.program.log()).toBe(
    'NOTES_ADDRESS: "nowhere" is not of the form host:port; example: NOTES_ADDRESS=notes:50051\n',
  );

  await using registration = await startOne('registration');
  await using notes = await startOne('notes');
  for (const { isReady } of [registration, notes]) await eventually(isReady, 60_000);

  const file = join(workspace, 'protos/odst/notes/v1/service.proto');
  const shape = loadSync(file)['odst.notes.v1.NotesService'] as ServiceDefinition as unknown as ServiceShape;
  const callAs = async (caller: ServiceName, method: 'WriteNote' | 'CountNotes') => {
    using connection = connectService({
      address: `127.0.0.1:${ports.notes}`,
      target: 'notes',
      token: serviceToken(internalToken, caller),
    });
    return await connection.client(shape)[method]?.({ text: 'a note' });
  };
  await expect(callAs('gateway', 'WriteNote')).resolves.toEqual({ text: 'Hello, a note' });
  await expect(callAs('catalog', 'CountNotes')).resolves.toEqual({ notes: 2 });
  for (const [caller, method] of [
    ['catalog', 'WriteNote'],
    ['sync', 'WriteNote'],
    ['gateway', 'CountNotes'],
  ] as const) {
    await expect(callAs(caller, method), `${caller} calls ${method}`).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
  }

  await eventually(async () => {
    const { rows } = await database.pool.query(
      `select usename as role, has_schema_privilege(usename, 'registration', 'usage') as sees from pg_stat_activity
       where datname = current_database() and application_name = 'odst notes' limit 1`,
    );
    expect(rows).toEqual([{ role: `${database.name}_notes`, sees: false }]);
    return true;
  });

  using events = connectService({
    address: `127.0.0.1:${ports.notes}`,
    target: 'notes',
    token: serviceToken(internalToken, 'gateway'),
  });
  const written = await Array.fromAsync(events.client(EventsServiceService).readEvents({ afterPosition: 0n, follow: false }));
  expect(written.map(({ event }) => [event?.position, event?.type, event?.data])).toEqual([
    [1n, 'NoteWritten', '{"text":"Hello, I have started"}'],
    [2n, 'NoteWritten', '{"text":"Hello, a note"}'],
  ]);
});
