import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { Command, Input, OptionSpec } from './command.ts';
import { quoted } from './terminal.ts';

/** Options of every command. */
export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  url: { about: 'the server; default ODST_URL, then http://127.0.0.1:8080', value: 'URL' },
  user: { about: 'log in as this account with a password; default ODST_USER, then admin', value: 'NAME' },
  json: { about: 'print what the API said, as JSON; what goes wrong as a problem document on standard error' },
  quiet: { about: 'say nothing of what was done' },
  'no-color': { about: 'no colours; so does NO_COLOR' },
};

/** Of a command that cannot be undone. */
const sureOptions: Readonly<Record<string, OptionSpec>> = {
  yes: { about: 'do it, unasked' },
  'dry-run': { about: 'only tell what would change' },
};

/** What was chosen on a command line. */
export type Choice = {
  readonly command: Command;
  readonly input: Input;
  /** How it is used. */
  readonly usage: string;
  /** The same command again, as a shell takes it. */
  readonly line: string;
  readonly isSure: boolean;
  readonly isDryRun: boolean;
};

/** What all commands were told. */
export type Globals = {
  readonly url?: string;
  readonly user?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly color: boolean;
};

/** What a topic is about, in the order of the help. */
export const topics: Readonly<Record<string, string>> = {
  packages: 'packages, and what each is in each stage',
  conflicts: 'stages for which servers decided differently',
  coverage: 'which servers hold what',
  peers: 'servers that this one is registered with',
  servers: 'every server of the mesh',
  identity: 'the identity of this server',
  key: 'the Key by which servers register',
  settings: 'settings of this server',
  accounts: 'who may log in',
  tokens: 'API tokens',
  sessions: 'browsers that are logged in',
  projections: 'read models',
  'dead-letters': 'messages that a consumer could not handle',
};

/** Builds the program of commander, which calls `choose` with what the command line says. */
export function programOf(commands: readonly Command[], version: string, choose: (choice: Choice) => void): Commander {
  const program = new Commander('odst')
    .description('Asks and tells a server of the Open Distribution Server, over its HTTP API.')
    .version(version, '-V, --version', 'the version of this command')
    .helpOption('-h, --help', 'how it is used')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nExit statuses, logins and all commands in full: docs/reference/odst.md');
  for (const [name, spec] of Object.entries(globalOptions)) program.addOption(optionOf(name, spec));
  const groups = new Map<string, Commander>();
  for (const command of commands) {
    const [topic = '', verb] = command.name.split(' ');
    const parent = verb === undefined ? program : (groups.get(topic) ?? groupOf(program, topic));
    if (verb !== undefined) groups.set(topic, parent);
    add(parent, verb ?? topic, command, choose);
  }
  return program;
}

function groupOf(program: Commander, topic: string): Commander {
  return inherit(program.command(topic).description(topics[topic] ?? ''), program);
}

/** What commander does not hand down by itself. */
function inherit(command: Commander, parent: Commander): Commander {
  return command.copyInheritedSettings(parent).helpCommand(false).helpOption('-h, --help', 'how it is used');
}

function add(parent: Commander, name: string, command: Command, choose: (choice: Choice) => void): void {
  const { summary, details, operand, examples = {} } = command;
  const made = inherit(parent.command(name), parent)
    .summary(summary)
    .description(`${summary}\n${details ?? ''}`.trim());
  if (operand !== undefined) {
    const [open, close] = operand.default === undefined ? ['<', '>'] : ['[', ']'];
    const argument = new Argument(`${open}${operand.name}${operand.many === true ? '...' : ''}${close}`, operand.about);
    const { form, about } = operand;
    if (form !== undefined) {
      argument.argParser((text: string) => {
        if (form.test(text)) return text;
        throw new InvalidArgumentError(`It needs ${about}.`);
      });
    }
    made.addArgument(argument);
  }
  const options = optionsOf(command);
  const parsed = Object.entries(options).map(([option, spec]) => [option, optionOf(option, spec)] as const);
  for (const [, option] of parsed) made.addOption(option);
  const lines = Object.entries(examples).map(([line, what]) => `  odst ${line}\n      ${what}`);
  if (lines.length > 0) made.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  made.action(() => {
    const given = made.opts<Record<string, string | true | undefined>>();
    const all = Object.fromEntries(
      parsed.flatMap(([name, option]) => {
        const value = given[option.attributeName()];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const { yes, 'dry-run': dryRun, ...own } = all;
    // Without these the line would do it to another server.
    const { url, user } = made.optsWithGlobals<Globals>();
    const meant = { ...(url === undefined ? {} : { url }), ...(user === undefined ? {} : { user }) };
    const isSureCommand = 'tell' in command;
    const operands = made.args.length === 0 && operand?.default !== undefined ? [operand.default] : made.args;
    const told = isSureCommand ? own : all;
    choose({
      command,
      input: { operand: operands[0] ?? '', operands, options: told as Input['options'] },
      usage: hintOf(made),
      line: lineOf(command.name, made.args, { ...own, ...meant }),
      isSure: yes === true,
      isDryRun: dryRun === true,
    });
  });
}

/** How a command is used, in short: after a fault its whole help would push that out of sight. */
export function hintOf(command: Commander): string {
  const names = [command.name()];
  for (let { parent } = command; parent !== null; { parent } = parent) names.unshift(parent.name());
  const name = names.join(' ');
  return `Usage: ${name} ${command.usage()}\nMore:  ${name} -h`;
}

/** The options of a command, with those that it has for what it is. */
export function optionsOf(command: Command): Readonly<Record<string, OptionSpec>> {
  return { ...command.options, ...('tell' in command ? sureOptions : {}) };
}

function optionOf(name: string, { about, short, value, choices, required }: OptionSpec): Option {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  const option = new Option(value === undefined ? names : `${names} <${value}>`, about);
  if (choices !== undefined) option.choices([...choices]);
  return required === true ? option.makeOptionMandatory() : option;
}

function lineOf(name: string, operands: readonly string[], options: Readonly<Record<string, unknown>>): string {
  const flags = Object.entries(options).map(([flag, value]) =>
    value === true ? `--${flag}` : `--${flag} ${quoted(String(value))}`,
  );
  return ['odst', name, ...operands.map(quoted), ...flags].join(' ');
}
