import { OdstError } from '@odst/kernel';
import type { BusMessage } from '../event-bus.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { failureOf } from './failure.ts';

/** How a retry went. */
export type RetryOutcome = {
  /** Letters of the key that are handled now, in their order. */
  readonly handled: number;
  /** The letter that failed again, behind which the rest waits; undefined when the key is free. */
  readonly failed?: DeadLetter;
};

/** What an admin does with the letters of one consumer. */
export interface DeadLetterDesk {
  /**
   * Handles the letter's key from its first letter on, in order, until one fails or the key is free.
   * @throws OdstError COMMON_REQUEST_INVALID for an id that is no letter of this consumer
   * @throws OdstError COMMON_COMMAND_CONFLICT while somebody else retries the key
   */
  retry(id: number): Promise<RetryOutcome>;
  /**
   * Does without the letter, the first of its key, and handles those behind it.
   * @throws OdstError as `retry`, and COMMON_COMMAND_CONFLICT when it is not the first of its key
   */
  skip(id: number, skip: { readonly by: string; readonly reason: string }): Promise<RetryOutcome>;
}

/** The message that a letter holds. */
function messageOf({ topic, key, position, event }: DeadLetter): BusMessage {
  return { topic, key, position, event };
}

/** Builds the desk of one consumer. */
export function createDeadLetterDesk(deps: {
  readonly consumer: string;
  readonly deadLetters: DeadLetters;
  readonly inbox: Inbox;
  readonly handle: (message: BusMessage) => Promise<void>;
}): DeadLetterDesk {
  const { consumer, deadLetters, inbox, handle } = deps;

  const letterOf = async (id: number): Promise<DeadLetter> => {
    const letter = await deadLetters.find(id);
    if (letter?.consumer === consumer) return letter;
    throw new OdstError('COMMON_REQUEST_INVALID', `${id} is no dead letter of ${consumer}`);
  };

  const handleTaken = async (letter: DeadLetter): Promise<DeadLetter | undefined> => {
    const message = messageOf(letter);
    try {
      if (!(await inbox.isDone(consumer, message))) await handle(message);
    } catch (error) {
      const failure = failureOf(error, letter.tries + 1);
      await deadLetters.putBack(letter, failure);
      return { ...letter, ...failure, state: 'failed' };
    }
    await inbox.markDone(consumer, message);
    await deadLetters.settle(letter);
    return undefined;
  };

  const handleKeyOf = async (letter: DeadLetter): Promise<RetryOutcome> => {
    for (let handled = 0; ; handled += 1) {
      const first = await deadLetters.take(letter);
      if (first === undefined) return { handled };
      const failed = await handleTaken(first);
      if (failed !== undefined) return { handled, failed };
    }
  };

  return {
    retry: async (id) => handleKeyOf(await letterOf(id)),
    async skip(id, skip) {
      const letter = await letterOf(id);
      await deadLetters.skip(letter, skip);
      await inbox.markDone(consumer, messageOf(letter));
      return handleKeyOf(letter);
    },
  };
}
