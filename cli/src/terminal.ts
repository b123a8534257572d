import { printable } from '@odst/kernel';

/** What a command reaches the world through. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly wait: (ms: number) => Promise<void>;
  /** Writes a line of the answer. */
  readonly print: (line: string) => void;
  /** Writes a line about a fault, or what is no part of the answer. */
  readonly complain: (line: string) => void;
  readonly now: () => Date;
  /** Has a person type a secret, which is not shown; undefined where nobody sits at a terminal. */
  readonly askSecret: (question: string) => Promise<string | undefined>;
  /** Standard input, to its end. */
  readonly readInput: () => Promise<string>;
  /** A file, and who may read it; undefined where there is none. */
  readonly readOwnFile: (path: string) => Promise<{ readonly text: string; readonly mode: number } | undefined>;
  /** The data directories of this machine. */
  readonly dataDirs: DataDirs;
};

/** What is asked of a server over its data directory, by who owns the machine. */
export type DataDirs = {
  /** Whether a server runs on it; undefined where none ever did. */
  readonly isServed: (dataDir: string) => Promise<boolean | undefined>;
  /** Has its server set another password, now or at its next start. @returns id of the request */
  readonly askPasswordReset: (dataDir: string, username: string, password: string) => Promise<string>;
  /** What became of a request. */
  readonly stateOfReset: (dataDir: string, id: string) => Promise<'waiting' | 'done' | 'refused'>;
};

/** The command line is wrong: its message says how, and the usage follows. */
export class UsageFault extends Error {}

/** What was typed, piped in or kept in a file does not do: its message says why. */
export class InputFault extends Error {}

/** The server refused, failed or is out of reach: the message is for the admin. */
export class ServerFault extends Error {}

/** The lines of a table: columns as wide as their widest cell, two spaces between them, control characters escaped. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const table = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
