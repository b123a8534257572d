import { parseArgs } from 'node:util';
import { createApi } from './api.ts';
import { connectionOf } from './connection.ts';
import { listDeadLetters, listSkippedLetters, retryDeadLetter, showDeadLetter, skipDeadLetter } from './dead-letters.ts';
import { ServerFault, UsageFault } from './faults.ts';
import { printable } from './printable.ts';
import { listProjections, rebuildProjection } from './projections.ts';
import type { Terminal } from './terminal.ts';

const usage = `Usage: odst <command> [--url URL] [--user NAME] [--password PASSWORD]

  projections list             the read models, how far they are and how their last rebuild ended
  projections rebuild <name>   builds one anew from the first event, beside the live one, and waits for it
  dead-letters list            the messages that a consumer could not handle, and how many wait behind each
  dead-letters list --skipped  those that were done without, and who decided that when and why
  dead-letters show <id>       all that is known of one, with its event
  dead-letters retry <id>      handles it and what waits behind it, in order
  dead-letters skip <id> --reason TEXT
                               does without it, for a reason that is kept, and handles what waits behind it

The server is ODST_URL (http://127.0.0.1:8080), the account ODST_USER (admin) with ODST_PASSWORD; flags win.`;

const options = {
  url: { type: 'string' },
  user: { type: 'string' },
  password: { type: 'string' },
  reason: { type: 'string' },
  skipped: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Runs a command. Gives the exit code: 0; 1 when the server refuses or fails; 2 for a wrong command line. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { values, positionals } = parse(args);
    if (values.help === true) {
      terminal.print(usage);
      return 0;
    }
    const command = commandOf(positionals, values.reason, values.skipped);
    await command(createApi(connectionOf(values, terminal.env), terminal.fetch), terminal);
    return 0;
  } catch (error) {
    if (error instanceof ServerFault) {
      terminal.complain(printable(error.message));
      return 1;
    }
    if (!(error instanceof UsageFault)) throw error;
    terminal.complain(`${error.message}\n\n${usage}`);
    return 2;
  }
}

type Command = (api: ReturnType<typeof createApi>, terminal: Terminal) => Promise<void>;

function commandOf([topic, verb, ...names]: readonly string[], reason?: string, skipped = false): Command {
  const [name] = names;
  if (topic === 'dead-letters' && verb === 'skip' && name !== undefined && names.length === 1) {
    if (reason === undefined) throw new UsageFault('no reason: give --reason');
    return (api, terminal) => skipDeadLetter(api, name, reason, terminal);
  }
  if (reason !== undefined) throw new UsageFault('--reason is for dead-letters skip');
  if (topic === 'dead-letters' && verb === 'list' && names.length === 0) return skipped ? listSkippedLetters : listDeadLetters;
  if (skipped) throw new UsageFault('--skipped is for dead-letters list');
  if (topic === 'dead-letters' && verb === 'show' && name !== undefined && names.length === 1) {
    return (api, terminal) => showDeadLetter(api, name, terminal);
  }
  if (topic === 'dead-letters' && verb === 'retry' && name !== undefined && names.length === 1) {
    return (api, terminal) => retryDeadLetter(api, name, terminal);
  }
  if (topic === 'projections' && verb === 'list' && names.length === 0) return listProjections;
  if (topic === 'projections' && verb === 'rebuild' && name !== undefined && names.length === 1) {
    return (api, terminal) => rebuildProjection(api, name, terminal);
  }
  throw new UsageFault(topic === undefined ? 'no command' : `no such command: ${[topic, verb, ...names].join(' ')}`.trimEnd());
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}
