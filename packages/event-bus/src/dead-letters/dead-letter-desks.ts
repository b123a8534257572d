import { OdstError } from '@odst/kernel';
import { letterName } from './conflicts.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';
import type { DeadLetter } from './dead-letters.ts';
import { keptLetter, parkedLetter, type ServiceLetters } from './parked-letter.ts';

/**
 * The desks of all consumers of one service: a letter is given to the one that set it aside.
 * `retry` and `skip` throw as that desk does, and `retry` COMMON_DEAD_LETTER_UNHANDLED while that consumer does not run; `skip`
 * then does without the letter and tells so as `left`.
 */
export interface DeadLetterDesks extends DeadLetterDesk {
  /** Adds the desk of a consumer, until it is disposed. */
  open(consumer: string, desk: DeadLetterDesk): Disposable;
  /**
   * The letter of an id, parked or skipped, whoever set it aside.
   * @throws OdstError COMMON_DEAD_LETTER_UNKNOWN; COMMON_DEAD_LETTER_SETTLED when it was handled
   */
  look(id: number): Promise<DeadLetter>;
}

/** Builds the desks of one service, none open yet. */
export function createDeadLetterDesks(letters: ServiceLetters): DeadLetterDesks {
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
    look: (id) => keptLetter(letters, id),
    async retry(id) {
      const { consumer } = await parkedLetter(letters, id);
      const desk = desks.get(consumer);
      if (desk !== undefined) return desk.retry(id);
      throw unhandled(consumer, `dead letter ${letterName(letters.service, id)}`);
    },
    async skip(id, skip) {
      const letter = await parkedLetter(letters, id);
      const desk = desks.get(letter.consumer);
      if (desk !== undefined) return desk.skip(id, skip);
      await letters.deadLetters.skip(letter, skip);
      return { handled: 0, left: unhandled(letter.consumer, 'what waits behind it') };
    },
  };
}

function unhandled(consumer: string, what: string): OdstError {
  return new OdstError('COMMON_DEAD_LETTER_UNHANDLED', `${consumer} does not run here, so nobody can handle ${what}`);
}
