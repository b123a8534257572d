import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../packages/test-kit/src/index.ts';
import { runCommand } from '../checks/run-command.ts';

/** Installs a workspace of packages that need each other as given, with this workspace's setting for cycles. */
async function install(needs: Readonly<Record<string, Readonly<Record<string, object>>>>) {
  const folder = await temporaryDirectory();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const write = async (file: string, content: string) => {
    await mkdir(join(folder.path, file, '..'), { recursive: true });
    await writeFile(join(folder.path, file), content);
  };
  const setting = /^disallowWorkspaceCycles:.*$/m.exec(await readFile('pnpm-workspace.yaml', 'utf8'))?.[0] ?? '';
  await write('pnpm-workspace.yaml', `packages:\n  - packages/*\npmOnFail: ignore\n${setting}\n`);
  await write('package.json', JSON.stringify({ name: 'planted', private: true }));
  for (const [name, dependencies] of Object.entries(needs))
    await write(`packages/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...dependencies }));
  return runCommand('npx', ['-y', 'pnpm', 'install', '--offline', '--lockfile-only', '--no-frozen-lockfile'], folder.path);
}

it('refuses to install packages that need each other, though one needs the other for its tests only', async () => {
  const needs = { lower: { devDependencies: { upper: 'workspace:*' } }, upper: { dependencies: { lower: 'workspace:*' } } };
  const { code, stdout, stderr } = await install(needs);
  expect(code).not.toBe(0);
  expect(`${stdout}${stderr}`).toContain('cyclic workspace dependencies');
});

it('installs the same packages without the circle', async () => {
  expect(await install({ lower: {}, upper: { dependencies: { lower: 'workspace:*' } } })).toMatchObject({ code: 0 });
});
