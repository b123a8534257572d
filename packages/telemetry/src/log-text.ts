import { printable } from '@odst/kernel';
import type { ErrorFields } from './error-fields.ts';

/** A finished log line, read again. */
type Entry = {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly service?: string;
  readonly err?: ErrorFields | string;
  readonly [field: string]: unknown;
};

/** Told by the form of the line, or of no interest to a person who looks on. */
const untold = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'service', 'err']);

const colours: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, debug: 90, trace: 90 };

/** At these levels an error is a defect, and its stack is worth the lines that it takes. */
const grave: readonly string[] = ['fatal', 'error'];

/**
 * A line of JSON of the logger as a person reads it: `13:45:01 WARN  sync: the peer does not answer (peer=ab12): ECONNREFUSED`,
 * the time in the local zone. What peers and clients sent cannot move the cursor or colour the terminal: it is escaped.
 * @param line of JSON, secrets removed
 * @param inColour whether the terminal shows colours; default false
 */
export function logText(line: string, inColour = false): string {
  const entry = JSON.parse(line) as Entry;
  const { level, time, msg, service, err } = entry;
  const fields = Object.entries(entry)
    .filter(([name]) => !untold.has(name))
    .map(([name, value]) => `${name}=${valueText(value)}`);
  const told = [
    service === undefined ? '' : `${service}: `,
    msg ?? '',
    fields.length === 0 ? '' : ` (${fields.join(', ')})`,
    err === undefined ? '' : `: ${errorText(err)}`,
  ];
  const word = level === 'info' ? '' : `${level.toUpperCase().padEnd(5)} `;
  const colour = inColour ? colours[level] : undefined;
  const head = `${new Date(time).toTimeString().slice(0, 8)} ${colour === undefined ? word : `\u001b[${colour}m${word}\u001b[0m`}`;
  const stack = typeof err === 'object' && grave.includes(level) ? (err.stack ?? '').split('\n').slice(1) : [];
  return [`${head}${printable(told.join(''))}`, ...stack.map(printable), ''].join('\n');
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"',=()]+$/.test(value) ? value : JSON.stringify(value);
}

/** What an error says, and what its causes say. */
function errorText(err: ErrorFields | string): string {
  if (typeof err === 'string') return err;
  const inner = [err.cause, ...(err.errors ?? [])].filter((cause) => cause !== undefined);
  return [err.message, ...inner.map((cause) => errorText(cause as ErrorFields | string))].join(': ');
}
