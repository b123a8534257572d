import { printable } from '@odst/kernel';
import type { Files, Progress } from './files.ts';
import type { Status } from './status.ts';

/** What a command reaches the world through. */
export type Terminal = {
  /** Of the product: the command and the server come from one workspace. */
  readonly version: string;
  /** Name of this machine. */
  readonly host: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly wait: (ms: number) => Promise<void>;
  /** Writes a line of the answer. */
  readonly print: (line: string) => void;
  /** Writes a part of an answer that has no end, for `--json`. */
  readonly emit: (value: unknown) => void;
  /** Writes a line about a fault, or what is no part of the answer. */
  readonly complain: (line: string) => void;
  /** A text in a colour, where somebody sees it. */
  readonly paint: (colour: Colour, text: string) => string;
  readonly now: () => Date;
  /** Has a person type a line; undefined where nobody sits at a terminal. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Has a person type a secret, which is not shown; undefined where nobody sits at a terminal. */
  readonly askSecret: (question: string) => Promise<string | undefined>;
  /** Standard input, to its end. */
  readonly readInput: () => Promise<string>;
  readonly ownFiles: OwnFiles;
  readonly files: Files;
  /** Shows how far something long is, until it is disposed of. */
  readonly progress: (label: string, totalBytes: number) => Progress;
  /** Aborts when a person interrupts the command; disposing leaves that to the system again. */
  readonly interruption: () => Disposable & { readonly signal: AbortSignal };
  /** Tells of a part that failed while the command goes on, also where nothing else is said. */
  readonly fault: (error: unknown) => Failure;
  /** The data directories of this machine. */
  readonly dataDirs: DataDirs;
  /** The certificate that a server shows; undefined for one without TLS. @throws Error where there is no connection */
  readonly certificateOf: (url: string) => Promise<Certificate | undefined>;
};

/** What is known of a certificate. */
export type Certificate = { readonly validUntil: Date; readonly issuer: string };

/** What came of what failed. */
export type Failure = { readonly status: Status; readonly document: object };

/** What colours mean: a heading, what is well, what to look at, what is wrong, what matters less. */
export type Colour = 'bold' | 'green' | 'yellow' | 'red' | 'dim';

/** Files of the person who runs the command. */
export type OwnFiles = {
  /** A file, and who may read it; undefined where there is none. @throws InputFault where it cannot be read */
  readonly read: (path: string) => Promise<{ readonly text: string; readonly mode: number } | undefined>;
  /** Puts a file there that nobody else may read, with the folders above it, whole or not at all. @throws InputFault where it cannot */
  readonly write: (path: string, text: string) => Promise<void>;
};

/** What is asked of a server over its data directory, by who owns the machine. */
export type DataDirs = {
  /** Whether a server runs on it; undefined where none ever did. */
  readonly isServed: (dataDir: string) => Promise<boolean | undefined>;
  /** Has its server set another password, now or at its next start. @returns id of the request */
  readonly askPasswordReset: (dataDir: string, username: string, password: string) => Promise<string>;
  /**
   * Puts a new key before that of the database. @param isDry changes nothing
   * @returns ids of both, the new one undefined where one waits already; undefined where there is no key
   */
  readonly addDatabaseKey: (
    dataDir: string,
    isDry: boolean,
  ) => Promise<{ readonly before: string; readonly after: string | undefined } | undefined>;
  /** What became of a request. */
  readonly stateOfReset: (dataDir: string, id: string) => Promise<'waiting' | 'done' | 'refused'>;
};

/** Prints a table: columns as wide as their widest cell, two spaces between them, control characters escaped. */
export function printTable(
  { print, paint }: Pick<Terminal, 'print' | 'paint'>,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const table = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const [index, row] of table.entries()) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    print(index === 0 ? paint('bold', line.trimEnd()) : line.trimEnd());
  }
}

/** Prints a list as a table, or that there is nothing in it. */
export function printList(terminal: Terminal, head: readonly string[], rows: readonly (readonly string[])[], none: string): void {
  if (rows.length === 0) terminal.print(none);
  else printTable(terminal, head, rows);
}

/** Prints all that is known of something, as JSON. */
export function printAll({ print }: Pick<Terminal, 'print'>, value: unknown): void {
  for (const line of JSON.stringify(value, undefined, 2).split('\n')) print(printable(line));
}

/** A text as a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w.:@%+,/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
