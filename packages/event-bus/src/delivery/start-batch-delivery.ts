import { createAutoResetEvent, createBackoff, pause } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import type { BatchHandler, BusMessage } from '../event-bus.ts';
import type { Delivery } from './delivery.ts';
import { createFailureLog } from './failure-log.ts';
import type { Progress } from './progress.ts';
import { startSaving } from './start-saving.ts';
import type { TopicLog } from './topic-log.ts';

/** Most messages of a batch. */
const maxBatch = 500;

/** What a delivery in batches is made of. */
export type BatchDeliveryOptions = {
  readonly log: TopicLog;
  /** Where the group stands. */
  readonly start: Progress;
  readonly handler: BatchHandler;
  readonly logger: Logger;
};

/** Hands a topic over in batches, one after the other, so that nothing is ever out of order. */
export function startBatchDelivery({ log, start, handler, logger }: BatchDeliveryOptions): Delivery {
  const stop = new AbortController();
  const more = createAutoResetEvent();
  let progress = start;
  const failureLog = createFailureLog(logger);
  const saving = startSaving({ log, progress: { progress: () => progress, finalProgress: () => progress }, logger });

  /** Repeats a step until it succeeds; undefined when the delivery ends first. */
  const insist = async <T>(step: () => Promise<T>, failed: string): Promise<T | undefined> => {
    for (const backoff = createBackoff(); !stop.signal.aborted; ) {
      try {
        const result = await step();
        failureLog.succeeded(failed);
        return result;
      } catch (error) {
        failureLog.failed(failed, { err: error }, failed);
        await pause(backoff.nextMs(), stop.signal);
      }
    }
    return undefined;
  };

  const handOver = async (messages: readonly BusMessage[]): Promise<void> => {
    const last = messages.at(-1)?.position;
    if (last === undefined) return;
    const step = async () => {
      await handler.handleBatch(messages);
      return true;
    };
    if ((await insist(step, 'a batch of messages failed and comes again')) !== true) return;
    const handed = new Set(messages.map((message) => message.position));
    let { position } = progress;
    if (last > position) position = last;
    progress = { position, waiting: progress.waiting.filter((left) => !handed.has(left)) };
    saving.changed();
  };

  const deliver = async (): Promise<void> => {
    // What a handler of single messages left behind, as the group was served by one before.
    for (let at = 0; at < start.waiting.length; at += maxBatch) {
      const positions = start.waiting.slice(at, at + maxBatch);
      await handOver((await insist(() => log.readAt(positions), 'messages could not be read; trying again')) ?? []);
    }
    while (!stop.signal.aborted) {
      const after = progress.position;
      const messages = (await insist(() => log.read(after, maxBatch), 'messages could not be read; trying again')) ?? [];
      await handOver(messages);
      if (messages.length < maxBatch) await more.wait(stop.signal);
    }
  };

  const delivering = deliver();
  return {
    wake: () => more.set(),
    get readTo() {
      return progress.position;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await delivering;
      await saving[Symbol.asyncDispose]();
    },
  };
}
