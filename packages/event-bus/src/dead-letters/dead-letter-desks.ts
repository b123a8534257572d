import { OdstError } from '@odst/kernel';
import type { Inbox } from '../inbox/inbox.ts';
import { type DeadLetterDesk, skipLetter } from './dead-letter-desk.ts';
import type { DeadLetters } from './dead-letters.ts';
import { parkedLetter } from './parked-letter.ts';

/**
 * The desks of all consumers of one service: a letter is given to the one that set it aside.
 * `retry` and `skip` throw as that desk does, and `retry` COMMON_DEAD_LETTER_UNHANDLED while that consumer does not run; `skip`
 * then does without the letter and leaves those behind it where they are.
 */
export interface DeadLetterDesks extends DeadLetterDesk {
  /** Adds the desk of a consumer, until it is disposed. */
  open(consumer: string, desk: DeadLetterDesk): Disposable;
}

/** Builds the desks of one service, none open yet. */
export function createDeadLetterDesks(deps: { readonly deadLetters: DeadLetters; readonly inbox: Inbox }): DeadLetterDesks {
  const { deadLetters } = deps;
  const desks = new Map<string, DeadLetterDesk>();
  return {
    open(consumer, desk) {
      desks.set(consumer, desk);
      return {
        [Symbol.dispose]() {
          if (desks.get(consumer) === desk) desks.delete(consumer);
        },
      };
    },
    async retry(id) {
      const { consumer } = await parkedLetter(deadLetters, id);
      const desk = desks.get(consumer);
      if (desk !== undefined) return desk.retry(id);
      throw new OdstError(
        'COMMON_DEAD_LETTER_UNHANDLED',
        `${consumer} does not run here, so nobody can handle dead letter ${id}`,
      );
    },
    async skip(id, skip) {
      const letter = await parkedLetter(deadLetters, id);
      const desk = desks.get(letter.consumer);
      if (desk !== undefined) return desk.skip(id, skip);
      await skipLetter(deps, letter, skip);
      return { handled: 0 };
    },
  };
}
