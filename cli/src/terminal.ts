import { printable } from '@odst/kernel';

/** What a command reaches the world through. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly wait: (ms: number) => Promise<void>;
  /** Writes a line of the answer. */
  readonly print: (line: string) => void;
  /** Writes a line about a fault. */
  readonly complain: (line: string) => void;
};

/** The command line is wrong: its message says how, and the usage follows. */
export class UsageFault extends Error {}

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
