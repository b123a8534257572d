import { existsSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/**
 * Files of the project relative to the root: those in git and those not yet added to it, without what git ignores
 * and without the trees in which rules are broken on purpose.
 */
export async function sourceFiles(): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runCommand('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  if (code !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  return stdout.split('\0').filter((file) => file !== '' && !file.startsWith('tools/fixtures/') && existsSync(file));
}
