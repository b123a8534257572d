import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from '@odst/telemetry';

/** SQLSTATEs that every stop and start brings about: admin_shutdown, crash_shutdown, cannot_connect_now. */
const expected = ['57P01', '57P02', '57P03'];

/** The lines that PostgreSQL wrote, passed on to the logger. */
export interface ServerLog {
  /** The last error that it told, or its last line; for the message when it stops. */
  lastWords(): string;
}

/** Follows PostgreSQL's standard error; lines are `<sqlstate> <SEVERITY>:  <text>`, as `log_line_prefix` makes them. */
export function followServerLog(stderr: Readable, logger: Logger): ServerLog {
  let lastLine = '';
  let lastError = '';
  let level: Level = 'debug';
  createInterface({ input: stderr }).on('line', (line) => {
    const [, sqlState = '', severity = '', text = line] = /^(\w{5}) ([A-Z]+\d?): {2}(.*)$/.exec(line) ?? [];
    // What goes on in another line begins with a tab there.
    if (!line.startsWith('\t')) {
      level = levelOf(sqlState, severity);
      if (level === 'error') lastError = text;
    }
    lastLine = text;
    logger[level]({ sqlState: sqlState || undefined }, text);
  });
  return { lastWords: () => lastError || lastLine };
}

type Level = 'debug' | 'warn' | 'error';

function levelOf(sqlState: string, severity: string): Level {
  if (expected.includes(sqlState)) return 'debug';
  if (severity === 'FATAL' || severity === 'PANIC' || severity === '') return 'error';
  return severity === 'WARNING' ? 'warn' : 'debug';
}
