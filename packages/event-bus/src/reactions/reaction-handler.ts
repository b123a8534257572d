import type { Logger } from '@odst/telemetry';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import { failureOf, speaksAgainstMessage } from '../dead-letters/failure.ts';
import type { BusMessage, MessageHandler } from '../event-bus.ts';
import type { Inbox } from '../inbox.ts';
import type { ReactionStep } from './reaction-step.ts';

/**
 * Builds what a reaction does with each message: pass over what it has no step for, what is done, and what its parked
 * key holds back; else take the step. Throws while the message shall come again.
 */
export function createReactionHandler(deps: {
  readonly consumer: string;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
  readonly maxTries: number;
  readonly stepFor: (message: BusMessage) => ReactionStep | undefined;
}): MessageHandler {
  const { consumer, inbox, deadLetters, logger, maxTries, stepFor } = deps;
  /** Failures that count, by topic and key; a key has one message at a time. */
  const tries = new Map<string, number>();

  return async (message) => {
    const step = stepFor(message);
    if (step === undefined || (await inbox.isDone(consumer, message))) return;
    if (await deadLetters.parkBehind(consumer, message)) return;
    const lane = `${message.topic}\n${message.key}`;
    try {
      await step(message);
    } catch (error) {
      if (!speaksAgainstMessage(error)) throw error;
      const failures = (tries.get(lane) ?? 0) + 1;
      tries.set(lane, failures);
      if (failures < maxTries) throw error;
      await deadLetters.park(consumer, message, failureOf(error, failures));
      tries.delete(lane);
      logger.error(
        { err: error, event: message.event.id, key: message.key, tries: failures },
        'a message was parked with its key',
      );
      return;
    }
    tries.delete(lane);
    await inbox.markDone(consumer, message);
  };
}
