import { isOdstError, OdstError } from '@odst/kernel';
import kafkajs, { type KafkaJSProtocolError as ProtocolError } from 'kafkajs';

// Node finds no names for these in the client, which is a CommonJS module.
const { KafkaJSError, KafkaJSProtocolError } = kafkajs;

/** What a broker answers to a producer whose transactional id was taken over; the second is not known to the client. */
const fencedType = 'INVALID_PRODUCER_EPOCH';
const fencedCode = 90;

/** The product's error for one of the client. An error of the product stays what it is. */
export function busError(error: unknown): OdstError {
  if (isOdstError(error)) return error;
  if (!(error instanceof KafkaJSError)) {
    return new OdstError('COMMON_INTERNAL', 'the event bus failed', {}, { cause: error });
  }
  const message = `the event bus could not be reached: ${error.message}`;
  return new OdstError('COMMON_SERVICE_UNAVAILABLE', message, {}, { cause: error });
}

/** Whether a broker refused a producer because another one took its transactional id over. */
export function isFenced(error: unknown): boolean {
  const protocol = protocolErrorOf(error);
  return protocol !== undefined && (protocol.type === fencedType || protocol.code === fencedCode);
}

/** The answer of a broker behind an error, under what the client's retries wrapped around it. */
export function protocolErrorOf(error: unknown): ProtocolError | undefined {
  if (error instanceof KafkaJSProtocolError) return error;
  return error instanceof Error && error.cause !== undefined ? protocolErrorOf(error.cause) : undefined;
}

/** Whether the client takes the failure for one that passes: a broker that is away, starts, or hands something over. */
export function isPassing(error: unknown): boolean {
  if (error instanceof KafkaJSError && error.retriable) return true;
  return error instanceof Error && error.cause !== undefined && isPassing(error.cause);
}
