import type { Check } from './check.ts';
import { runCommand } from './run-command.ts';

/** The code generated from protos/ and openapi.json is that of those at hand. */
export const generatedCode: Check = {
  name: 'generated-code',
  async run() {
    const { code, stdout, stderr } = await runCommand(process.execPath, ['tools/generate.ts', '--check']);
    return { problems: code === 0 ? [] : [`${stdout}${stderr}`.trim()], seen: 'packages/{contracts,api-client}/src/gen' };
  },
};
