import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../packages/testing/src/index.ts';
import { breakingSinceRelease } from '../checks/breaking.ts';
import { runCommand } from '../checks/run-command.ts';

const events = 'protos/odst/storage/v1/events.proto';

/** The protos in a folder of their own, which is no git repository yet. */
async function protosAlone() {
  const folder = await temporaryDirectory();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  for (const part of ['protos', 'buf.yaml']) await cp(part, join(folder.path, part), { recursive: true });
  const git = async (...args: string[]) => {
    const identity = [
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@example.com',
      '-c',
      'commit.gpgsign=false',
      '-c',
      'tag.gpgsign=false',
    ];
    const { code, stderr } = await runCommand('git', [...identity, ...args], folder.path);
    if (code !== 0) throw new Error(stderr);
  };
  return {
    path: folder.path,
    async commit() {
      await git('init', '--quiet');
      await git('add', '.');
      await git('commit', '--quiet', '--message', 'The protos');
    },
    tag: (name: string) => git('tag', name),
    async change(from: string | RegExp, to: string, file = events) {
      const before = await readFile(join(folder.path, file), 'utf8');
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${String(from)} does not stand in ${file}`);
      await writeFile(join(folder.path, file), after);
    },
  };
}

/** The same, released as v1.0.0. */
async function releasedProtos() {
  const protos = await protosAlone();
  await protos.commit();
  await protos.tag('v1.0.0');
  return protos;
}

const removed = ['  // Why.\n  string reason = 2;\n', ''] as const;

describe('the check for breaking changes', () => {
  it('lets everything change before the first release', async () => {
    const protos = await protosAlone();
    await protos.commit();
    await protos.tag('not-a-release');
    await protos.change(...removed);
    expect(await breakingSinceRelease(protos.path)).toEqual({ changes: [], since: undefined });
  });

  it.each([
    ['a field that was removed', ...removed, 'field "2" with name "reason"'],
    ['a field that was renumbered', 'bool replace = 8;', 'bool replace = 99;', 'field "8" with name "replace"'],
    ['a field that was renamed', 'string manifest_digest = 2;', 'string digest = 2;', 'from "manifest_digest" to "digest"'],
    ['a field of another type', 'int64 declared_bytes = 3;', 'string declared_bytes = 3;', 'from "int64" to "string"'],
    ['an event that was removed', /\/\/ The blob's file was removed[^}]*\}\n/, '', 'message "BlobRemoved"'],
  ])('finds %s since the last release', async (_what, from, to, text) => {
    const protos = await releasedProtos();
    await protos.change(from, to);
    const { changes, since } = await breakingSinceRelease(protos.path);
    expect(since).toBe('v1.0.0');
    expect(changes.join('\n')).toContain(text);
    expect(changes[0]).toMatch(/^protos\/odst\/storage\/v1\/events\.proto:\d+:\d+:/);
  });

  it('lets fields and events be added', async () => {
    const protos = await releasedProtos();
    await protos.change(/$/, '\n// A test.\nmessage BlobTested {\n  // Content, hex.\n  string blob = 1;\n}\n');
    await protos.change('string reason = 2;', 'string reason = 2;\n  // A test.\n  string by = 9;');
    expect(await breakingSinceRelease(protos.path)).toEqual({ changes: [], since: 'v1.0.0' });
  });
});
