import { OdstError } from '@odst/kernel';
import { unknownLetter } from './conflicts.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/**
 * The letter of an id, while it is parked.
 * @throws OdstError COMMON_DEAD_LETTER_UNKNOWN, COMMON_DEAD_LETTER_SETTLED
 */
export async function parkedLetter(deadLetters: DeadLetters, id: number): Promise<DeadLetter> {
  const letter = await deadLetters.find(id);
  if (letter === undefined && id > (await deadLetters.lastId())) throw unknownLetter(id);
  if (letter === undefined) throw new OdstError('COMMON_DEAD_LETTER_SETTLED', `dead letter ${id} was handled`);
  if (letter.skipped !== undefined) {
    throw new OdstError('COMMON_DEAD_LETTER_SETTLED', `dead letter ${id} was skipped by ${letter.skipped.by}`);
  }
  return letter;
}
