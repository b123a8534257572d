import { type Check, inScope } from './check.ts';
import { runCommand } from './run-command.ts';

/** What tools/type-check.ts printed: one text an error, with the indented lines below it, and the number of files. */
export function readTypeErrors(output: string): { readonly errors: readonly string[]; readonly files: number } {
  const errors: string[] = [];
  let files = 0;
  for (const line of output.split('\n')) {
    const last = errors.at(-1);
    const count = /^(\d+) files$/.exec(line)?.[1];
    if (count !== undefined) files = Number(count);
    else if (line.startsWith(' ') && last !== undefined) errors[errors.length - 1] = `${last}\n${line}`;
    else if (line.trim() !== '') errors.push(line);
  }
  return { errors, files };
}

/** The whole workspace type-checks, and no promise is left to itself. */
export const types: Check = {
  name: 'types',
  async run(scope) {
    const { code, stdout, stderr } = await runCommand(process.execPath, ['tools/type-check.ts']);
    const { errors, files } = readTypeErrors(`${stdout}${stderr}`);
    const problems = errors.filter((error) => inScope(scope, error.slice(0, error.indexOf('('))));
    if (code !== 0 && errors.length === 0) problems.push(`the type check ended with ${code}`);
    if (files === 0) problems.push(`the type check read no file: ${stderr}`);
    return { problems, seen: `${files} files` };
  },
};
