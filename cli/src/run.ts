import { parseArgs } from 'node:util';
import { printable } from '@odst/kernel';
import { createApi } from './api.ts';
import { commandOf } from './commands.ts';
import { connectionOf } from './connection.ts';
import { InputFault, ServerFault, type Terminal, UsageFault } from './terminal.ts';
import { usageOf } from './usage.ts';

const options = {
  url: { type: 'string' },
  user: { type: 'string' },
  conflict: { type: 'boolean' },
  'data-dir': { type: 'string' },
  deleted: { type: 'boolean' },
  expires: { type: 'string' },
  from: { type: 'string' },
  keep: { type: 'string' },
  owner: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  reason: { type: 'string' },
  role: { type: 'string' },
  search: { type: 'string' },
  sha256: { type: 'string' },
  skipped: { type: 'boolean' },
  stage: { type: 'string' },
  stages: { type: 'string' },
  status: { type: 'string' },
  to: { type: 'string' },
  unconfirmed: { type: 'boolean' },
  yes: { type: 'boolean' },
  'stage-cap': { type: 'string' },
  introduces: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs a command. Gives the exit code: 0; 1 when the server refuses or fails; 2 for a wrong command line, or wrong input. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let topic: string | undefined;
  try {
    const { values, positionals } = parse(args);
    [topic] = positionals;
    if (values.help === true) {
      terminal.print(usageOf(topic));
      return 0;
    }
    const chosen = commandOf(positionals, values);
    if (chosen.isLocal) await chosen.run(terminal);
    else await chosen.run(createApi(await connectionOf(values, terminal), terminal.fetch), terminal);
    return 0;
  } catch (error) {
    if (error instanceof ServerFault) {
      terminal.complain(printable(error.message));
      return 1;
    }
    if (error instanceof InputFault) {
      terminal.complain(printable(error.message));
      return 2;
    }
    if (!(error instanceof UsageFault)) throw error;
    terminal.complain(`${error.message}\n\n${usageOf(topic)}`);
    return 2;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}
