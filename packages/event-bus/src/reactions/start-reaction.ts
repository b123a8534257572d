import { startPeriodic, warnWith } from '@odst/async';
import { inSpan, type Logger } from '@odst/telemetry';
import { createDeadLetterDesk, type DeadLetterDesk } from '../dead-letters/dead-letter-desk.ts';
import type { DeadLetterDesks } from '../dead-letters/dead-letter-desks.ts';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { BusMessage, EventBus, Subscription } from '../event-bus.ts';
import { eventNameOf } from '../event-type.ts';
import type { Inbox } from '../inbox.ts';
import { createReactionHandler } from './reaction-handler.ts';
import type { ReactionStep } from './reaction-step.ts';

/** Finds from state the work that a reaction does from messages. */
export type Sweep = {
  /** @param signal aborts when the reaction ends */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds from the end of one run to the next; after a failure less. Default 60,000. */
  readonly intervalMs?: number;
};

/** What a reaction is made of. */
export type ReactionOptions = {
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** Where the reaction's own desk opens, for who finds a letter and knows no reaction. */
  readonly desks: Pick<DeadLetterDesks, 'open'>;
  /** `<service>.<consumer>`: the group on the bus, the name in inbox and dead letters. Never renamed. */
  readonly consumer: string;
  /** As `bus.topicOf(service)` gives them. */
  readonly topics: readonly string[];
  /** Event name → what to do. Other events are passed over. */
  readonly on: Readonly<Record<string, ReactionStep>>;
  readonly sweep?: Sweep;
  readonly logger: Logger;
  /** Where it begins when it is new. Default `earliest`. */
  readonly from?: Subscription['from'];
  /** Keys handled at once, per topic. Default 8. */
  readonly concurrency?: number;
  /** Tries after which a message parks its key, from 1. Errors that the register calls retryable do not count. Default 8. */
  readonly maxTries?: number;
};

/** A running reaction, and what to do with its dead letters. Disposing waits for the messages under way. */
export interface Reaction extends AsyncDisposable, DeadLetterDesk {
  readonly consumer: string;
}

/** Starts a reaction: each message takes effect once, in order per key; one that keeps failing parks its key. */
export async function startReaction(options: ReactionOptions): Promise<Reaction> {
  const { bus, inbox, deadLetters, desks, consumer, topics, on, sweep, from = 'earliest', concurrency = 8 } = options;
  const logger = options.logger.child({ consumer });

  const stepFor = ({ event }: BusMessage): ReactionStep | undefined => {
    const name = eventNameOf(event.type);
    const step = name !== undefined && Object.hasOwn(on, name) ? on[name] : undefined;
    return (
      step && ((message) => inSpan({ name: `react ${consumer}`, attributes: { 'odst.event': event.type } }, () => step(message)))
    );
  };
  const handler = createReactionHandler({ consumer, inbox, deadLetters, logger, stepFor, maxTries: options.maxTries ?? 8 });
  const desk = createDeadLetterDesk({
    consumer,
    deadLetters,
    inbox,
    handle: async (message) => stepFor(message)?.(message),
    logger,
  });

  const sweeping = sweep === undefined ? undefined : startSweep(sweep, consumer, logger);
  let subscribed: AsyncDisposable;
  try {
    subscribed = await bus.subscribe({ topics, group: consumer, from, concurrency, handler });
  } catch (error) {
    await sweeping?.[Symbol.asyncDispose]();
    throw error;
  }
  const opened = desks.open(consumer, desk);
  return {
    consumer,
    retry: (id) => desk.retry(id),
    skip: (id, skip) => desk.skip(id, skip),
    async [Symbol.asyncDispose]() {
      opened[Symbol.dispose]();
      await Promise.all([subscribed[Symbol.asyncDispose](), sweeping?.[Symbol.asyncDispose](), desk[Symbol.asyncDispose]()]);
    },
  };
}

function startSweep({ run, intervalMs = 60_000 }: Sweep, consumer: string, logger: Logger): AsyncDisposable {
  const backoff = { mostMs: Math.min(5_000, intervalMs) };
  return startPeriodic({ name: `the sweep of ${consumer}`, intervalMs, run, backoff, onError: warnWith(logger) });
}
