import { OdstError } from '@odst/kernel';
import { letterName, unknownLetter } from './conflicts.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/** The letters of a service. */
export type ServiceLetters = { readonly service: string; readonly deadLetters: DeadLetters };

/**
 * The letter of an id, parked or skipped.
 * @throws OdstError COMMON_DEAD_LETTER_UNKNOWN; COMMON_DEAD_LETTER_SETTLED when it was handled
 */
export async function keptLetter({ service, deadLetters }: ServiceLetters, id: number): Promise<DeadLetter> {
  const letter = await deadLetters.find(id);
  if (letter !== undefined) return letter;
  if (id > (await deadLetters.lastId())) throw unknownLetter(service, id);
  throw new OdstError('COMMON_DEAD_LETTER_SETTLED', `dead letter ${letterName(service, id)} was handled`);
}

/**
 * The letter of an id, while it is parked.
 * @throws OdstError COMMON_DEAD_LETTER_UNKNOWN, COMMON_DEAD_LETTER_SETTLED
 */
export async function parkedLetter(letters: ServiceLetters, id: number): Promise<DeadLetter> {
  const letter = await keptLetter(letters, id);
  if (letter.skipped === undefined) return letter;
  throw new OdstError(
    'COMMON_DEAD_LETTER_SETTLED',
    `dead letter ${letterName(letters.service, id)} was skipped by ${letter.skipped.by}`,
  );
}
