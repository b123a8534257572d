import { isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { BusMessage } from '../event-bus.ts';
import type { Inbox } from '../inbox.ts';
import { serviceOf, unknownLetter } from './conflicts.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { failureOf } from './failure.ts';
import { parkedLetter } from './parked-letter.ts';
import { whileTaken } from './while-taken.ts';

/** How a retry went. */
export type RetryOutcome = {
  /** Letters of the key that are handled now, in their order. */
  readonly handled: number;
  /** The letter that failed again, behind which the rest waits; undefined when the key is free. */
  readonly failed?: DeadLetter;
  /** After a skip: why what waits behind the letter was left as it is, by no fault of its own. */
  readonly left?: OdstError;
};

/** Who does without a letter, and why. */
export type Skip = {
  /** Actor, `account:<name>`. */
  readonly by: string;
  readonly reason: string;
};

/** What an admin does with dead letters. */
export interface DeadLetterDesk {
  /**
   * Handles the letter's key from its first letter on, in order, until one fails or the key is free.
   * @throws OdstError COMMON_DEAD_LETTER_UNKNOWN, COMMON_DEAD_LETTER_SETTLED
   * @throws OdstError COMMON_COMMAND_CONFLICT while somebody else retries the key
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the consumer stops meanwhile; what is left waits
   */
  retry(id: number): Promise<RetryOutcome>;
  /**
   * Does without the letter, the first of its key, and handles those behind it. Once it is skipped it stays so, and what is in the
   * way of those behind it is told as `left`.
   * @throws OdstError COMMON_DEAD_LETTER_UNKNOWN, COMMON_DEAD_LETTER_SETTLED
   * @throws OdstError COMMON_COMMAND_CONFLICT while somebody retries the key, or when it is not the first of its key
   * @throws OdstError COMMON_REQUEST_INVALID for a reason that `checkSkipReason` refuses
   */
  skip(id: number, skip: Skip): Promise<RetryOutcome>;
}

/** The message that a letter holds. */
function messageOf({ topic, key, position, event }: DeadLetter): BusMessage {
  return { topic, key, position, event };
}

/** Builds the desk of one consumer. Disposing waits for the letter under way. */
export function createDeadLetterDesk(deps: {
  readonly consumer: string;
  readonly deadLetters: DeadLetters;
  readonly inbox: Inbox;
  readonly handle: (message: BusMessage) => Promise<void>;
  readonly logger: Logger;
}): DeadLetterDesk & AsyncDisposable {
  const { consumer, deadLetters, inbox, handle } = deps;
  const underWay = new Set<Promise<unknown>>();
  let stopping = false;

  const letterOf = async (id: number): Promise<DeadLetter> => {
    const letter = await parkedLetter({ service: serviceOf(consumer), deadLetters }, id);
    if (letter.consumer === consumer) return letter;
    throw unknownLetter(serviceOf(consumer), id);
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
    let handled = 0;
    try {
      for (; ; handled += 1) {
        if (stopping)
          throw new OdstError('COMMON_SERVICE_UNAVAILABLE', `${consumer} stops; ${handled} letters of the key were handled`);
        const first = await deadLetters.take(letter);
        if (first === undefined) return { handled };
        const failed = await whileTaken(deps, first, () => handleTaken(first));
        if (failed !== undefined) return { handled, failed };
      }
    } catch (error) {
      if (isOdstError(error)) return { handled, left: error };
      throw error;
    }
  };

  const retry = async (id: number): Promise<RetryOutcome> => {
    const outcome = await handleKeyOf(await letterOf(id));
    if (outcome.left !== undefined) throw outcome.left;
    return outcome;
  };

  const skip = async (id: number, how: Skip): Promise<RetryOutcome> => {
    const letter = await letterOf(id);
    await deadLetters.skip(letter, how);
    return handleKeyOf(letter);
  };

  const followed = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  return {
    retry: (id) => followed(retry(id)),
    skip: (id, how) => followed(skip(id, how)),
    async [Symbol.asyncDispose]() {
      stopping = true;
      await Promise.allSettled(underWay);
    },
  };
}
