import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, inScope } from './check.ts';
import { bin, runCommand } from './run-command.ts';

/** The newest tag `v*` that the work at hand is built on; undefined where there is none, or no git. */
async function lastRelease(root: string): Promise<string | undefined> {
  const { code, stdout } = await runCommand('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], root);
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * What the protos under `root` broke: one text each, `file:line:column:what`.
 * @param against as buf takes it: an image, a folder, an archive
 */
async function breakingChanges(root: string, against: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runCommand(
    bin('buf'),
    ['breaking', '--against', against, '--error-format', 'text'],
    root,
  );
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  return code !== 0 && lines.length === 0 ? [`buf breaking ended with ${code}`] : lines;
}

/** What the protos under `root` broke since the last release. Before the first one everything may change: `since` is undefined then. */
export async function breakingSinceRelease(
  root: string,
): Promise<{ readonly changes: readonly string[]; readonly since: string | undefined }> {
  const tag = await lastRelease(root);
  if (tag === undefined) return { changes: [], since: undefined };
  const folder = await mkdtemp(join(tmpdir(), 'odst-breaking-'));
  try {
    const archive = join(folder, 'release.tar');
    const { code, stderr } = await runCommand('git', ['archive', '--output', archive, tag, 'protos', 'buf.yaml'], root);
    if (code !== 0) throw new Error(`git archive of ${tag} failed: ${stderr}`);
    return { changes: await breakingChanges(root, archive), since: tag };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Events that were published and calls of services that are still running stay readable: nothing is renumbered, renamed, removed. */
export const breaking: Check = {
  name: 'breaking',
  async run(scope) {
    const { changes, since } = await breakingSinceRelease(process.cwd());
    const problems = changes.filter((change) => inScope(scope, change.slice(0, change.indexOf(':'))));
    return { problems, seen: since === undefined ? 'nothing: there is no release v* yet' : `protos against ${since}` };
  },
};
