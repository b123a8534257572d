import { isOdstError } from '@odst/kernel';

type Failure = { readonly name?: unknown; readonly type?: unknown; readonly cause?: unknown };

/** What brokers answered, by Kafka's names, under what the retries of kafkajs wrapped around it. */
export function typesOf(error: unknown): readonly string[] {
  return chainOf(error).flatMap(({ type }) => (typeof type === 'string' ? [type] : []));
}

/** Whether a fetch asked for an offset that its partition does not have. */
export function isOutOfRange(error: unknown): boolean {
  return chainOf(error).some(({ name }) => name === 'KafkaJSOffsetOutOfRange') || typesOf(error).includes('OFFSET_OUT_OF_RANGE');
}

/** Whether trying again is of no use: what is no event stays none, and a login that was refused is wrong. */
export function isFinal(error: unknown): boolean {
  if (isOdstError(error)) return error.code !== 'COMMON_SERVICE_UNAVAILABLE';
  return (
    chainOf(error).some(({ name }) => name === 'KafkaJSSASLAuthenticationError') ||
    typesOf(error).some((type) => type.endsWith('_AUTHORIZATION_FAILED'))
  );
}

function chainOf(error: unknown): readonly Failure[] {
  return typeof error === 'object' && error !== null ? [error, ...chainOf((error as Failure).cause)] : [];
}
