import { createAutoResetEvent, createBackoff, pause } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { BusMessage, MessageHandler, Subscription } from '../event-bus.ts';
import type { Delivery } from './delivery.ts';
import { createFailureLog, type FailureLog } from './failure-log.ts';
import { createKeyLanes, type KeyLanes } from './key-lanes.ts';
import type { Progress } from './progress.ts';
import { startBatchDelivery } from './start-batch-delivery.ts';
import { startSaving } from './start-saving.ts';
import type { TopicLog } from './topic-log.ts';

/** Messages read at once. */
const readBatch = 500;
/** Most messages held; beyond it, as behind keys that fail, reading waits. */
const maxUndone = 5_000;

/** What a delivery is made of. */
export type DeliveryOptions = {
  readonly log: TopicLog;
  /** Where the group stands. */
  readonly start: Progress;
  readonly handler: Subscription['handler'];
  /** Of single messages. Default 1. */
  readonly concurrency?: number | undefined;
  readonly logger: Logger;
};

/** Starts delivering: the same engine for every adapter whose topics can be read by position. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { log, start, handler, concurrency = 1, logger } = options;
  return typeof handler === 'function'
    ? startKeyedDelivery({ log, start, handler, concurrency, logger })
    : startBatchDelivery({ log, start, handler, logger });
}

/** What reading is called where failures are counted. */
const reading = 'reading';

/** Hands messages over one by one, several keys at once. */
function startKeyedDelivery(options: Required<DeliveryOptions> & { readonly handler: MessageHandler }): Delivery {
  const { log, start, handler, logger } = options;
  const concurrency = options.concurrency ?? 1;
  const stop = new AbortController();
  const lanes = createKeyLanes(start);
  const more = createAutoResetEvent();
  const room = createAutoResetEvent();
  const saving = startSaving({ log, progress: lanes, logger });
  const failureLog = createFailureLog(logger);
  const handlers = createHandlers({
    lanes,
    handler,
    concurrency,
    failureLog,
    signal: stop.signal,
    onSettled: () => {
      room.set();
      saving.changed();
    },
  });

  const takeIn = async (read: () => Promise<readonly BusMessage[]>): Promise<readonly BusMessage[]> => {
    for (const backoff = createBackoff(); !stop.signal.aborted; ) {
      try {
        const messages = await read();
        lanes.add(messages);
        handlers.runReady();
        failureLog.succeeded(reading);
        return messages;
      } catch (error) {
        failureLog.failed(reading, { err: error }, 'messages could not be read; trying again');
        await pause(backoff.nextMs(), stop.signal);
      }
    }
    return [];
  };

  const readAll = async (): Promise<void> => {
    if (start.waiting.length > 0) await takeIn(() => log.readAt(start.waiting));
    while (!stop.signal.aborted) {
      if (lanes.ready >= readBatch || lanes.undone >= maxUndone) {
        await room.wait(stop.signal);
        continue;
      }
      const messages = await takeIn(() => log.read(lanes.readTo, readBatch));
      if (messages.length < readBatch) await more.wait(stop.signal);
    }
  };

  const running = readAll();
  return {
    wake: () => more.set(),
    get readTo() {
      return lanes.readTo;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await handlers.settled();
      await saving[Symbol.asyncDispose]();
    },
  };
}

function createHandlers(deps: {
  readonly lanes: KeyLanes;
  readonly handler: MessageHandler;
  readonly concurrency: number;
  readonly failureLog: FailureLog;
  readonly signal: AbortSignal;
  readonly onSettled: () => void;
}): { runReady(): void; settled(): Promise<void> } {
  const { lanes, handler, concurrency, failureLog, signal, onSettled } = deps;
  const running = new Set<Promise<void>>();

  const handle = async (message: BusMessage): Promise<void> => {
    try {
      await handler(message);
      lanes.done(message);
      failureLog.succeeded(`key ${message.key}`);
    } catch (error) {
      const delayMs = lanes.failed(message);
      const fields = { err: error, event: message.event.id, key: message.key, delayMs };
      failureLog.failed(`key ${message.key}`, fields, 'a message failed and comes again');
      void pause(delayMs, signal).then(() => {
        lanes.retry(message.key);
        runReady();
      });
    }
  };

  const runReady = (): void => {
    while (!signal.aborted && running.size < concurrency) {
      const message = lanes.next();
      if (message === undefined) return;
      const run = handle(message).then(() => {
        running.delete(run);
        onSettled();
        runReady();
      });
      running.add(run);
    }
  };

  return {
    runReady,
    async settled() {
      await Promise.all(running);
    },
  };
}
