import { globSync } from 'node:fs';
import { type Check, inScope } from './check.ts';
import { bin, runCommand } from './run-command.ts';

/** The contracts follow buf's rules; every message and field has a comment. */
export const protos: Check = {
  name: 'protos',
  async run(scope) {
    const files = globSync('protos/**/*.proto');
    const { code, stdout, stderr } = await runCommand(bin('buf'), ['lint', '--error-format', 'text']);
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    const problems = lines.filter((line) => inScope(scope, line.slice(0, line.indexOf(':'))));
    if (code !== 0 && lines.length === 0) problems.push(`buf lint ended with ${code}`);
    if (files.length === 0) problems.push('no .proto file found under protos/');
    return { problems, seen: `${files.length} files` };
  },
};
