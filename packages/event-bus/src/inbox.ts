import type { BusMessage } from './event-bus.ts';

/**
 * What a consumer has done: for each key of a topic the position of the last message. Messages of a key come in order,
 * so one row a key is enough. Adapters run the suite of `@odst/event-bus/contract`.
 */
export interface Inbox<Transaction = unknown> {
  /**
   * Runs `effect` unless the message is done already, and commits its writes together with the mark. When it throws,
   * nothing is written. Two calls for one key wait for each other.
   * @param consumer `<service>.<consumer>`
   * @returns false when the message was done before
   * @throws whatever `effect` throws, or OdstError COMMON_DATABASE_UNAVAILABLE
   */
  once(consumer: string, message: BusMessage, effect: (transaction: Transaction) => Promise<void>): Promise<boolean>;
  /** Whether the message, or a later one of its key, is done. */
  isDone(consumer: string, message: BusMessage): Promise<boolean>;
  /** Marks the message as done: for effects that are idempotent by themselves, such as commands. */
  markDone(consumer: string, message: BusMessage): Promise<void>;
}
