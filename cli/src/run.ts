import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { CommanderError } from 'commander';
import type { Input } from './command.ts';
import { commands } from './commands.ts';
import { connectionOf, createApi } from './connection.ts';
import { type Choice, type Globals, hintOf, programOf } from './program.ts';
import { Ended, Fault, type Status, statuses, UsageFault } from './status.ts';
import type { Failure, Terminal } from './terminal.ts';

/** Runs a command line. Gives the exit status: see {@link statuses}. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let choice: Choice | undefined;
  let told = '';
  const program = programOf(commands, terminal.version, (chosen) => {
    choice = chosen;
  });
  const write = (text: string): void => {
    told += text;
  };
  for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
    command.exitOverride().configureOutput({ writeOut: write, writeErr: write, getOutHasColors: () => false });
    command.showHelpAfterError(command.commands.length > 0 || hintOf(command));
  }
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isHelp = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    const isJson = args.includes('--json');
    if (isHelp) terminal.print(told.trimEnd());
    else if (isJson) terminal.complain(jsonOf(documentOf('usage', error.message.replace(/^error: /, ''))));
    else terminal.complain(told.trimEnd());
    return isHelp ? statuses.done.code : statuses.usage.code;
  }
  if (choice === undefined) return statuses.usage.code;
  return await runChoice(choice, program.opts<Globals>(), terminal);
}

async function runChoice(choice: Choice, globals: Globals, terminal: Terminal): Promise<number> {
  const isJson = globals.json === true;
  const isQuiet = isJson || (globals.quiet === true && choice.command.isAct === true);
  const silent = (): void => undefined;
  const paint = globals.color ? terminal.paint : (_colour: unknown, text: string) => text;
  const fault = (error: unknown): Failure => {
    const { status, message, document } = faultOf(error);
    terminal.complain(isJson ? jsonOf(document) : paint('red', printable(message)));
    return { status, document };
  };
  const told: Terminal = {
    ...{ ...terminal, paint, fault },
    ...(isQuiet ? { print: silent } : {}),
    emit: isJson ? (value) => terminal.print(jsonOf(value)) : silent,
    // What is no part of the answer; faults are told past this.
    ...(globals.quiet === true || isJson
      ? { complain: silent, progress: () => ({ update: silent, [Symbol.dispose]: silent }) }
      : {}),
  };
  try {
    // What somebody is asked about, or wanted to see beforehand, is told also where what was done is not.
    const asking = isJson ? told : { ...told, print: terminal.print };
    const ended = await answerOf(choice, globals, told, asking);
    const { status, answer } = ended instanceof Ended ? ended : new Ended('done', ended);
    if (isJson && answer !== undefined) terminal.print(jsonOf(answer));
    return statuses[status].code;
  } catch (error) {
    const { status } = fault(error);
    if (error instanceof UsageFault && !isJson) terminal.complain(`\n${choice.usage}`);
    return statuses[status].code;
  }
}

async function answerOf(choice: Choice, globals: Globals, terminal: Terminal, asking: Terminal): Promise<unknown> {
  const { command, input, line } = choice;
  if ('runLocal' in command) return await command.runLocal(input, terminal, globals);
  const api = createApi(await connectionOf(globals, terminal), terminal);
  const { run: act, tell } = command as { readonly run: Act; readonly tell?: typeof command.tell };
  if (tell === undefined || choice.isSure) return await act(api, input, terminal);
  const { answer, isNothing = false } = await tell(api, input, asking);
  if (isNothing) return answer;
  if (choice.isDryRun) {
    asking.print(printable(`Nothing was changed. To do it: ${line} --yes`));
    return answer;
  }
  const said = globals.json === true ? undefined : await terminal.ask('Do it? [y/N] ');
  if (said === undefined) throw new Fault('notConfirmed', `Nothing was changed. To do it: ${line} --yes`);
  if (!/^y(es)?$/i.test(said.trim())) throw new Fault('notConfirmed', 'Nothing was changed.');
  return await act(api, input, terminal);
}

/** On one line, and nothing in it moves the cursor: what JSON leaves bare of controls is escaped as JSON has it. */
const jsonOf = (value: unknown): string => printable(JSON.stringify(value));

type Act = (api: ReturnType<typeof createApi>, input: Input, terminal: Terminal) => Promise<unknown>;

/** What a person and a script are told of an error. @throws what is a bug */
function faultOf(error: unknown): { readonly status: Status; readonly message: string; readonly document: object } {
  if (error instanceof ApiProblem) {
    const message = `${error.detail}${error.code === undefined ? '' : ` (${error.code})`}`;
    return { status: statusOf(error), message, document: error.document };
  }
  if (error instanceof ApiUnreachable) {
    const hint = /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)/.test(error.code ?? '')
      ? '; for a private authority let NODE_EXTRA_CA_CERTS name its certificate'
      : '';
    const message = `${error.message}${hint}`;
    return { status: 'failed', message, document: documentOf('failed', message) };
  }
  if (!(error instanceof Fault)) throw error;
  return { status: error.status, message: error.message, document: documentOf(error.status, error.message) };
}

function statusOf({ status }: ApiProblem): Status {
  if (status === 401) return 'notSignedIn';
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'failed';
}

/** In the form of the API's problems, with codes of the command's own. */
function documentOf(status: Status, detail: string): object {
  return { code: `ODST_${status.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`, detail };
}
