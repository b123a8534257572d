import { type Check, inScope } from './check.ts';
import { bin, runCommand } from './run-command.ts';

/** What a run of `tsc --listFiles` printed: one text an error, with the indented lines below it, and the files it read. */
export function readTscOutput(output: string): { readonly errors: readonly string[]; readonly files: readonly string[] } {
  const errors: string[] = [];
  const files: string[] = [];
  for (const line of output.split('\n')) {
    const last = errors.at(-1);
    if (line.startsWith('/')) files.push(line);
    else if (line.startsWith(' ') && last !== undefined) errors[errors.length - 1] = `${last}\n${line}`;
    else if (line.trim() !== '') errors.push(line);
  }
  return { errors, files };
}

/** The whole workspace type-checks. */
export const types: Check = {
  name: 'types',
  async run(scope) {
    const { code, stdout, stderr } = await runCommand(bin('tsc'), ['--noEmit', '--pretty', 'false', '--listFiles']);
    const { errors, files } = readTscOutput(`${stdout}${stderr}`);
    const own = files.filter((file) => file.startsWith(`${process.cwd()}/`) && !file.includes('/node_modules/'));
    const problems = errors.filter((error) => inScope(scope, error.slice(0, error.indexOf('('))));
    if (code !== 0 && errors.length === 0) problems.push(`tsc ended with ${code}`);
    if (own.length === 0) problems.push('tsc read no file of the workspace');
    return { problems, seen: `${own.length} files` };
  },
};
