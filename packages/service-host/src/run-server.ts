import { constants } from 'node:os';
import { backgroundTimers } from '@odst/async';
import { isOdstError } from '@odst/kernel';
import { createLogger, type LogFormat, type Logger, startTracing } from '@odst/telemetry';
import { createHost, type Host } from './host.ts';
import type { Environment } from './settings/read-settings.ts';
import type { ServerSettings } from './settings/server-settings.ts';

/** A server has 10 s to stop; the last moment is for the process itself. */
const stopLimitMs = 9_800;

/** What a server is started with. */
export type ServerContext<Settings extends ServerSettings = ServerSettings> = {
  readonly settings: Settings;
  readonly logger: Logger;
  /** Who reads what the process writes beside its results: a person, or a program. */
  readonly logFormat: LogFormat;
  readonly host: Host;
};

/**
 * The body of every `main.js`: reads the settings from the environment, starts the parts, and keeps the process until
 * SIGINT or SIGTERM. Then all parts stop in reverse order within 10 s and the process ends with 0; a second signal ends it at
 * once. What fails at the start or later is told, everything is stopped, and the process ends with 1. A wrong setting
 * is told in one plain line on standard error. On a terminal the log is text, else JSON. It never returns.
 * @param options.name who logs
 * @param options.logTo default `stdout`
 * @param options.readSettings reads them, or throws OdstError COMMON_SETTING_INVALID
 * @param options.start starts the parts through the host, in order; the server counts as ready when it has resolved
 */
export async function runServer<Settings extends ServerSettings>(options: {
  readonly name: string;
  readonly logTo?: 'stdout' | 'stderr';
  readonly readSettings: (environment: Environment) => Settings;
  readonly start: (context: ServerContext<Settings>) => Promise<void>;
}): Promise<never> {
  const settings = readOrExit(options.readSettings);
  const logFormat = settings.ODST_LOG ?? (process.stdout.isTTY ? 'text' : 'json');
  const logger = createLogger({
    name: options.name,
    debug: settings.DEBUG,
    format: logFormat,
    destination: options.logTo ?? 'stdout',
  });
  const host = createHost({ logger });
  const context = { settings, logger, logFormat, host };
  watchProcess(host, logger);
  // Not awaited after the start: a start that hangs must not keep a server from stopping.
  const ended = host.stopped.then(({ error }) => process.exit(error === undefined ? 0 : 1));
  host.readiness.set('server', false, 'starting');
  try {
    await startTraces(options.name, context);
    await options.start(context);
    if (!host.stopping.aborted) host.readiness.set('server', true);
  } catch (error) {
    if (!host.stopping.aborted) failStart(context, error);
  }
  return ended;
}

/** Before every other part, so that all are traced to their end. */
async function startTraces(name: string, { settings, logger, host }: ServerContext): Promise<void> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = settings;
  if (endpoint === undefined) return;
  const serviceName = settings.OTEL_SERVICE_NAME ?? (name === 'odst' ? name : `odst-${name}`);
  const sampledShare = settings.OTEL_TRACES_SAMPLER_ARG;
  await host.use('traces', () => startTracing({ serviceName, endpoint, headers, sampledShare, logger }));
}

function readOrExit<Settings>(read: (environment: Environment) => Settings): Settings {
  try {
    return read(process.env);
  } catch (error) {
    if (!isOdstError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** A program that reads the log finds the reason there too; a person reads it once. */
function failStart({ host, logFormat }: ServerContext, error: unknown): void {
  const isTold = isOdstError(error);
  if (isTold) process.stderr.write(`The server cannot start: ${error.message}\n`);
  host.fail(error, { isTold: isTold && logFormat === 'text' });
}

function watchProcess(host: Host, logger: Logger): void {
  host.stopping.addEventListener('abort', () => {
    backgroundTimers.after(stopLimitMs, () => {
      logger.error('did not stop in time, ending the process');
      process.exit(1);
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (host.stopping.aborted) process.exit(128 + constants.signals[signal]);
      void host.stop(signal);
    });
  }
  process.on('uncaughtException', (error) => host.fail(error));
  process.on('unhandledRejection', (error) => host.fail(error));
}
