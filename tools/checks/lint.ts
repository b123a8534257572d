import type { Check } from './check.ts';
import { bin, runCommand } from './run-command.ts';

/** Format, order of imports and Biome's rules. `biome check --write <folder>` mends most of it. */
export const lint: Check = {
  name: 'lint',
  async run({ folders }) {
    const where = folders.length === 0 ? ['.'] : folders;
    const options = ['--error-on-warnings', '--diagnostic-level=warn', '--max-diagnostics=200', '--colors=off'];
    const { code, stdout, stderr } = await runCommand(bin('biome'), ['ci', ...options, ...where]);
    const seen = /Checked (\d+ files?)/.exec(`${stdout}${stderr}`)?.[1];
    if (code !== 0) return { problems: [`${stdout}${stderr}`.trim()], seen: seen ?? 'nothing' };
    return { problems: seen === undefined ? ['biome checked no file'] : [], seen: seen ?? 'nothing' };
  },
};
