import { settlesWithin } from '@odst/async';
import { isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { createReadiness, type Readiness } from './readiness.ts';

/** Part of the time that a whole server has to stop that one part may use, unless it asks for more. */
const defaultPartLimitMs = 2_000;

/** Something that runs until it is disposed. */
export type Part = AsyncDisposable | Disposable;

/** Starts the parts of a server in order and stops them in reverse. */
export interface Host {
  readonly readiness: Readiness;
  /** Aborted as soon as the server is to stop; for waiting parts. */
  readonly stopping: AbortSignal;
  /**
   * Starts a part after all before it, and keeps it for the stop. When the server is to stop while the part starts, the
   * part is stopped as soon as it has started.
   * @param options.stopLimitMs how long its stop may take before the next one is stopped all the same; default 2000
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the server is stopping
   */
  use<T extends Part>(name: string, start: () => T | Promise<T>, options?: { readonly stopLimitMs?: number }): Promise<T>;
  /** Stops everything, in reverse order. Repeated calls wait for the same stop. Never rejects: what fails is logged. */
  stop(reason: string): Promise<void>;
  /**
   * Something that the server cannot go on without has failed: logs it, stops, and ends the process with code 1.
   * @param options.isTold somebody told its reason already, so the log does not; default false
   */
  fail(error: unknown, options?: { readonly isTold?: boolean }): void;
  /** Settles when everything has stopped; yields the error of {@link Host.fail}, or undefined. */
  readonly stopped: Promise<{ readonly error?: unknown }>;
}

type Running = { readonly name: string; readonly part: Part; readonly stopLimitMs: number };

/** Makes a host without parts. It installs nothing in the process; see runServer for signals. */
export function createHost(options: { readonly logger: Logger }): Host {
  const { logger } = options;
  const readiness = createReadiness();
  const running: Running[] = [];
  const starting = new Set<Promise<unknown>>();
  const abort = new AbortController();
  const stopped = Promise.withResolvers<{ readonly error?: unknown }>();
  let stop: Promise<void> | undefined;
  let failure: { readonly error?: unknown } = {};

  const stopAll = async (reason: string): Promise<void> => {
    readiness.set('server', false, 'stopping');
    logger.info({ reason }, 'stopping');
    abort.abort(new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server is stopping'));
    await settlesWithin(defaultPartLimitMs, Promise.allSettled(starting));
    // Taken one by one: a part whose start took longer than that still finds its place at the end.
    for (let part = running.pop(); part !== undefined; part = running.pop()) await stopPart(part, logger);
    logger.info('stopped');
    stopped.resolve(failure);
  };

  const host: Host = {
    readiness,
    stopping: abort.signal,
    stopped: stopped.promise,
    async use(name, start, { stopLimitMs = defaultPartLimitMs } = {}) {
      abort.signal.throwIfAborted();
      const started = (async () => {
        const part = await start();
        running.push({ name, part, stopLimitMs });
        return part;
      })();
      starting.add(started);
      try {
        const part = await started;
        logger.debug({ part: name }, 'started');
        abort.signal.throwIfAborted();
        return part;
      } finally {
        starting.delete(started);
      }
    },
    stop(reason) {
      stop ??= stopAll(reason);
      return stop;
    },
    fail(error, { isTold = false } = {}) {
      if (stop !== undefined) {
        logger.warn({ err: error }, 'failed while stopping');
        return;
      }
      failure = { error };
      // What the product knows how to tell needs no stack.
      const why = isOdstError(error) ? { code: error.code, reason: error.message } : { err: error };
      if (!isTold) logger.fatal(why, 'the server cannot go on');
      void host.stop('failure');
    },
  };
  return host;
}

async function stopPart({ name, part, stopLimitMs }: Running, logger: Logger): Promise<void> {
  const startedAt = performance.now();
  const disposed = (async () => (Symbol.asyncDispose in part ? part[Symbol.asyncDispose]() : part[Symbol.dispose]()))();
  try {
    const inTime = await settlesWithin(stopLimitMs, disposed);
    if (!inTime) logger.error({ part: name, limitMs: stopLimitMs }, 'did not stop in time, going on without it');
    else logger.debug({ part: name, tookMs: Math.round(performance.now() - startedAt) }, 'stopped');
    if (inTime) await disposed;
  } catch (error) {
    logger.error({ part: name, err: error }, 'failed to stop');
  }
}
