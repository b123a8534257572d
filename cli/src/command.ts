import type { Api, ConnectionFlags } from './connection.ts';
import type { Terminal } from './terminal.ts';

/** An option with a value, `--to STAGE`, or a switch, `--deleted`. */
export type OptionSpec = {
  readonly about: string;
  /** Its letter, as `o` of `-o`. Default none */
  readonly short?: string;
  /** What the value is; a switch has none. */
  readonly value?: string;
  /** The values that there are. Default any */
  readonly choices?: readonly string[];
  /** Whether the command cannot do without. Default false */
  readonly required?: true;
};

type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What follows the name of a command. */
export type OperandSpec = {
  /** As `id|name`. */
  readonly name: string;
  /** What it is, as in "needs the id of a peer, …". */
  readonly about: string;
  /** What it looks like. Default anything */
  readonly form?: RegExp;
  /** What is taken where none is given. Default: it has to be given */
  readonly default?: string;
  /** Whether several may be given. Default one */
  readonly many?: true;
};

type ValueOf<Spec extends OptionSpec> = Spec extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Spec extends { readonly value: string }
    ? string
    : true;

/** The values of options, by their names. */
export type OptionValues<Options extends OptionSpecs> = {
  readonly [Name in keyof Options as Options[Name] extends { readonly required: true } ? Name : never]: ValueOf<Options[Name]>;
} & {
  readonly [Name in keyof Options as Options[Name] extends { readonly required: true } ? never : Name]?: ValueOf<Options[Name]>;
};

/** What a command was told. */
export type Input<Options extends OptionSpecs = OptionSpecs> = {
  /** The operand, or the first; empty where there is none. */
  readonly operand: string;
  readonly operands: readonly string[];
  readonly options: OptionValues<Options>;
};

/** What would change. */
export type Told = {
  /** What the API said to it. */
  readonly answer: unknown;
  /** Whether there is nothing to do. Default false */
  readonly isNothing?: boolean;
};

type Described<Options extends OptionSpecs> = {
  /** With its topic, as `packages promote`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** More, for its help and its reference. */
  readonly details?: string;
  readonly operand?: OperandSpec;
  readonly options?: Options;
  /** Command lines without `odst`, with what each is for. */
  readonly examples?: Readonly<Record<string, string>>;
  /** Whether it changes something: `--quiet` then leaves out what it says of that. Default false */
  readonly isAct?: true;
};

/** A command over the API. Every answer is what `--json` prints. */
export type RemoteCommand<Options extends OptionSpecs> = Described<Options> & {
  readonly run: (api: Api, input: Input<Options>, terminal: Terminal) => Promise<unknown>;
  /**
   * Tells what would change. A command that has it cannot be undone: it is done with `--yes`, or when a person says so after this;
   * with `--dry-run` this is all.
   */
  readonly tell?: (api: Api, input: Input<Options>, terminal: Terminal) => Promise<Told>;
};

/** A command that finds its own way to a server, or needs none. */
export type LocalCommand<Options extends OptionSpecs> = Described<Options> & {
  readonly runLocal: (input: Input<Options>, terminal: Terminal, connection: ConnectionFlags) => Promise<unknown>;
};

/** Any command. */
export type Command = RemoteCommand<OptionSpecs> | LocalCommand<OptionSpecs>;

/** Defines a command over the API: its place in the program, its help and its reference page come from this. */
export function remoteCommand<const Options extends OptionSpecs>(command: RemoteCommand<Options>): Command {
  return command as unknown as Command;
}

/** Defines a command that asks no server, or not by the usual login. */
export function localCommand<const Options extends OptionSpecs>(command: LocalCommand<Options>): Command {
  return command as unknown as Command;
}

/** The stages in ascending order. */
export const stages = ['Dev', 'Test', 'Prod'] as const;

/** A stage. */
export type Stage = (typeof stages)[number];

/** What several commands take. */
export const shared = {
  package: { name: 'id|name', about: 'an id or a name of a package' },
  peerId: { name: 'id', about: 'the id of a peer, a number that peers list shows', form: /^[1-9]\d{0,8}$/ },
  iss: { name: 'iss', about: 'an ISS ID, 32 hex digits that servers list shows', form: /^[0-9a-f]{32}$/ },
  stage: (about: string) => ({ about, value: 'STAGE', choices: stages }) as const,
  reason: { about: 'why, which is kept in the history', value: 'TEXT' },
  sha256: { about: 'the content that you saw; another one is refused', value: 'SHA256' },
} as const;
