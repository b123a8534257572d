import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { guideBlock } from '../support/guide.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));

const stack = new AsyncDisposableStack();
let server: ServerProcess;
let folder: string;
let old: InstallerFile;
let newer: InstallerFile;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  for (const version of ['1.0', '1.1']) await mkdir(join(folder, version));
  old = await installerFile(join(folder, '1.0', 'NoMAD.pkg'), 10_240, 'stages 1.0');
  newer = await installerFile(join(folder, '1.1', 'NoMAD.pkg'), 20_480, 'stages 1.1');
  const options = { dataDir: join(folder, 'data'), port: await freePort(), env: { ODST_STAGE: 'Dev' } };
  server = stack.use(await startServerProcess(options));
});
afterAll(() => stack.disposeAsync());

/** Runs a block of the guide as its reader does. @returns what its commands printed */
async function follow(mark: string): Promise<string> {
  const text = await guideBlock('docs/guides/stages.md', mark, {});
  const { command } = nodeProgram('');
  const script = text.replaceAll('npx -y pnpm odst', `'${command}' '${cli}'`).replaceAll('http://127.0.0.1:8080', server.url);
  const env = { PATH: process.env['PATH'] ?? '', ODST_URL: server.url, ODST_PASSWORD: 'ods1234!' };
  return (await run('bash', ['-ec', script], { cwd: folder, env })).stdout;
}

const short = ({ sha256 }: InstallerFile) => sha256.slice(0, 12);
const served = async () => {
  const answer = await server.admin.download('NoMAD.pkg');
  return answer.ok ? await sha256Of(answer) : answer.status;
};

test('what the guide to stages says holds, line by line', async () => {
  const shown = await follow('upload');
  expect(shown).toMatch(new RegExp(`^Dev +Public .* replace +${newer.sha256}$`, 'm'));
  expect(shown).toMatch(new RegExp(`^Prod +Public .* upload +${old.sha256}$`, 'm'));
  expect(await served()).toBe(newer.sha256);

  const promoted = await follow('promote');
  expect(promoted).toContain(`Dev -, Test ${short(newer)}, Prod ${short(old)}`);
  expect(promoted).toContain(`Dev -, Test -, Prod ${short(newer)}`);

  const rolledBack = await follow('rollback');
  for (const stage of ['Dev', 'Test', 'Prod']) {
    expect(rolledBack).toContain(`${stage} sites: ${short(newer)} (20.0 KB) → ${short(old)} (10.0 KB)\n`);
  }
  expect(rolledBack).toContain('Nothing was changed. To do it: odst packages rollback NoMAD.pkg --stage Prod --yes\n');
  expect(rolledBack).toContain(`Dev -, Test -, Prod ${short(old)}`);
  await eventually(async () => (await served()) === old.sha256, 60_000);

  const demoted = await follow('demote');
  expect(demoted).toContain(`Prod sites: ${short(old)} (10.0 KB) → nothing\n`);
  expect(demoted).toContain(`Before, Prod had ${short(newer)} (20.0 KB).\n`);
  expect(demoted).toContain(`Dev -, Test ${short(old)}, Prod -`);
  expect(demoted.trimEnd().split('\n').at(-1)).toContain(`Dev -, Test -, Prod ${short(old)}`);

  const deleted = await follow('delete');
  expect(deleted).toContain(`Prod sites: ${short(old)} (10.0 KB) → nothing\n`);
  expect(deleted).toMatch(/^\d+ +NoMAD\.pkg +Deleted /m);
  expect(await served()).toBe(404);

  const restored = await follow('restore');
  expect(restored).toContain(`Dev -, Test -, Prod ${short(old)}`);
  expect(restored).toMatch(new RegExp(`^Prod +stands .* restore .* here +${old.sha256}$`, 'm'));
  expect(restored).toMatch(new RegExp(`^Prod +former .* trash since .* ${newer.sha256}$`, 'm'));
  expect(restored).toMatch(/ PackageDeleted +account:admin /);
  expect(await served()).toBe(old.sha256);
});
