import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { startServerProcess } from '../support/server-process.ts';
import { twoServers } from '../support/two-servers.ts';

const run = promisify(execFile);

/** The lines of the README's quick start, with the ports of this test. */
async function quickStart(portA: number, portB: number): Promise<string[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const block = /<!-- quick start[^>]*-->\n```sh\n(?<lines>[^`]*)```/.exec(readme)?.groups?.['lines'] ?? '';
  return block.trimEnd().replaceAll(':8080', `:${portA}`).replaceAll(':8081', `:${portB}`).split('\n');
}

test('the six lines of curl in the README take a package from one server to the other', async () => {
  await using servers = await twoServers();
  await using a = await startServerProcess(servers.a);
  await using b = await startServerProcess(servers.b);
  const file = await installerFile(join(servers.path, 'Installer.pkg'), 100_000_001, 'readme');
  const lines = await quickStart(a.port, b.port);
  expect(lines).toHaveLength(6);
  const [about, register, upload, look, download, sums] = lines as [string, string, string, string, string, string];
  const shell = async (line: string) => (await run('bash', ['-ec', line], { cwd: servers.path })).stdout;

  await shell(about);
  await shell(register);
  expect(JSON.parse(await shell(upload))).toMatchObject({ filename: 'Installer.pkg', sha1: file.sha1 });
  await eventually(async () => (await shell(look)).includes('"status":"Public"'), 60_000);
  await shell(download);
  expect(await shell(sums)).toBe(`${file.sha1}  Installer.pkg\n${file.sha1}  copy.pkg\n`);
});

test('the README names the two commands of a new user', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain('npx -y pnpm start');
  expect(readme).toContain('npx -y pnpm test');
});
