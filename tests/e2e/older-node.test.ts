import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requirement } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { nodeProgram } from '../support/program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every program that a person may start with the Node of the system. */
const programs = [...globSync('{services/*,gateway,standalone,cli}/src/main.js', { cwd: root }), 'tools/run.js'];

const run = (node: string, args: readonly string[]) => spawnSync(node, args, { cwd: root, encoding: 'utf8' });

/** A Node of this machine that is older than the sources need, and its version. */
function findOlderNode(): { readonly path: string; readonly version: string } | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    const version = run(path, ['--version']).stdout?.trim().slice(1);
    if (version !== undefined && Number.parseInt(version, 10) < 24) return { path, version };
  }
  return undefined;
}

const clearLine = (version: string) =>
  new RegExp(`^Node 24 is needed, this is ${version.replaceAll('.', '[.]')}[.] Run npx -y pnpm start.*\\n$`);

test('are all programs', () => {
  expect(programs).toHaveLength(8);
});

const olderNode = findOlderNode();
const hasOlderNode = await requirement('older-node', () => olderNode !== undefined);

describe.skipIf(!hasOlderNode)('on an older Node', () => {
  test.each(programs)('%s says in one line what to do', (program) => {
    const { path, version } = olderNode ?? { path: '', version: '' };
    const { status, stdout, stderr } = run(path, [program, 'check']);
    expect(stderr).toMatch(clearLine(version));
    expect([status, stdout]).toEqual([1, '']);
  });
});

test.each(programs)('%s looks at the version before it loads anything else', (program) => {
  const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.18.0" } })';
  const { command } = nodeProgram(program);
  const { status, stderr } = run(command, ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, program, 'check']);
  expect(stderr).toMatch(clearLine('22.18.0'));
  expect(status).toBe(1);
});
