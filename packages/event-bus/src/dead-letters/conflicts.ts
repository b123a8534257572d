import { OdstError } from '@odst/kernel';
import type { DeadLetter } from './dead-letters.ts';

/** The name of a letter outside of its service: `catalog-7`. */
export function letterName(service: string, id: number): string {
  return `${service}-${id}`;
}

/** The service of a consumer, `<service>.<consumer>`. */
export function serviceOf(consumer: string): string {
  return consumer.split('.', 1)[0] ?? consumer;
}

const nameOf = ({ consumer, id }: Pick<DeadLetter, 'consumer' | 'id'>) => letterName(serviceOf(consumer), id);

/** The error of a letter whose key somebody retries; all adapters throw this one. */
export function beingRetried(letter: DeadLetter): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `the key of dead letter ${nameOf(letter)} is being retried`);
}

/** The error of skipping a letter behind others; all adapters throw this one. */
export function notFirst(letter: DeadLetter): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `dead letter ${nameOf(letter)} is not the first of its key`);
}

/** The error of an id that no letter of the service ever had. */
export function unknownLetter(service: string, id: number): OdstError {
  return new OdstError('COMMON_DEAD_LETTER_UNKNOWN', `there is no dead letter ${letterName(service, id)}`);
}
