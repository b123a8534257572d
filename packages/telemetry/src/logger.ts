import { destination as fileDestination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { errorFields } from './error-fields.ts';
import { logText } from './log-text.ts';
import { redactedPaths, redactLine } from './redaction.ts';
import { activeTraceId } from './traces/span.ts';

/** Structured logger: `log.info({ blob }, 'verified')`, `log.child({ peer })`. Fastify accepts it as `loggerInstance`. */
export type Logger = PinoLogger;

/** Least severe level that is written; `silent` writes nothing. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Where lines go: a standard stream, or anything that takes a line, its newline included. */
export type LogDestination = 'stdout' | 'stderr' | { write(line: string): void };

/** How lines are written: for a person to read, or one JSON object each. */
export type LogFormat = 'text' | 'json';

/**
 * Makes the logger of a process: one JSON object a line, times in RFC 3339, level as a word, secrets removed; or the same as
 * text. What is logged inside a span has its `traceid`.
 * Lines for the standard streams are written at once, so that none is lost when the process dies.
 * @param options.name who logs, the field `name` of each line
 * @param options.level default `info`
 * @param options.debug verbose whatever `level` says (the DEBUG setting); default false
 * @param options.format default `json`
 * @param options.destination default `stdout`; standalone logs to `stderr` and keeps stdout for the ready line
 */
export function createLogger(options: {
  readonly name: string;
  readonly level?: LogLevel;
  readonly debug?: boolean;
  readonly format?: LogFormat;
  readonly destination?: LogDestination;
}): Logger {
  return pino(
    {
      name: options.name,
      level: options.debug ? 'debug' : (options.level ?? 'info'),
      timestamp: stdTimeFunctions.isoTime,
      mixin: traceOf,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => errorFields(error) },
      redact: { paths: [...redactedPaths], censor: '[secret]' },
      hooks: { streamWrite: redactLine },
    },
    openDestination(options.destination ?? 'stdout', options.format ?? 'json'),
  );
}

/** A logger that writes nothing, for tests and tools. */
export function createSilentLogger(): Logger {
  return createLogger({ name: 'silent', level: 'silent', destination: { write: () => undefined } });
}

/** A new object each time: the logger writes the line's fields into it. */
function traceOf(): { traceid?: string } {
  const traceid = activeTraceId();
  return traceid === '' ? {} : { traceid };
}

function openDestination(target: LogDestination, format: LogFormat): { write(line: string): void } {
  const raw = typeof target === 'object' ? target : fileDestination({ fd: target === 'stdout' ? 1 : 2, sync: true });
  if (format === 'json') return raw;
  const inColour = typeof target === 'string' && process[target].isTTY && process[target].hasColors();
  return { write: (line) => raw.write(logText(line, inColour)) };
}
