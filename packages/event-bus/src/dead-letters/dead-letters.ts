import type { CloudEvent } from '../cloud-event.ts';
import type { BusMessage } from '../event-bus.ts';

/**
 * `failed`: its tries are used up; `waiting`: it came behind a failed one of its key; `skipped`: somebody decided to do
 * without it.
 */
export type DeadLetterState = 'failed' | 'waiting' | 'skipped';

/** A message that was set aside. */
export type DeadLetter = {
  /** Number in this service, ascending in the order of arrival. */
  readonly id: number;
  /** `<service>.<consumer>` that could not handle it. */
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly position: bigint;
  readonly event: CloudEvent;
  readonly state: DeadLetterState;
  /** How often it was tried; 0 for one that waits. */
  readonly tries: number;
  /** Message of the last error, without secrets; empty for one that waits. */
  readonly error: string;
  readonly parkedAt: Date;
  /** Who did without it, when and why. */
  readonly skipped?: { readonly by: string; readonly at: Date; readonly reason: string };
};

/** Why a message is set aside, or stays so. */
export type Failure = { readonly tries: number; readonly error: string };

/** Which letters to list. */
export type DeadLetterQuery = {
  /** Only of this consumer. */
  readonly consumer?: string;
  /** Default: all but the skipped ones. */
  readonly state?: DeadLetterState;
  /** Only ids above this one. Default 0. */
  readonly after?: number;
  /** Default 100. */
  readonly limit?: number;
};

/** A key that is parked. */
export type ParkedKey = {
  /** The letter that holds it up. */
  readonly first: DeadLetter;
  /** Messages behind it. */
  readonly waiting: number;
};

/**
 * The messages that the consumers of one service could not handle. A failed message parks its key: later messages of
 * the key are kept behind it, in order, until the first is retried with success or skipped. Adapters run the suite of
 * `@odst/event-bus/contract`.
 */
export interface DeadLetters {
  /** Sets a message aside and parks its key. Repeating it changes nothing. */
  park(consumer: string, message: BusMessage, failure: Failure): Promise<void>;
  /** Keeps the message behind the others when its key is parked; false when it is not. Repeating it changes nothing. */
  parkBehind(consumer: string, message: BusMessage): Promise<boolean>;
  /** Letters in order of id. */
  list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  /** The parked keys, in order of the id of the letter that holds each up. @param page as of `list` */
  parked(page?: Pick<DeadLetterQuery, 'after' | 'limit'>): Promise<readonly ParkedKey[]>;
  /** How many letters are there that nobody skipped: the metric `odst_dead_letters`. */
  count(): Promise<number>;
  /** How many messages of its key wait behind a letter; of a skipped one too. */
  countBehind(letter: DeadLetter): Promise<number>;
  /** A letter by its id. */
  find(id: number): Promise<DeadLetter | undefined>;
  /** No letter ever had an id above this one. It tells one that was handled from one that never was. */
  lastId(): Promise<number>;
  /** How long a letter stays taken without renewal, in milliseconds: as long it is held up after a crash. */
  readonly takenForMs: number;
  /**
   * Takes the first letter of the letter's key for a retry, for `takenForMs`; undefined when the key has none left.
   * @throws OdstError COMMON_COMMAND_CONFLICT while somebody else has taken it
   */
  take(letter: DeadLetter): Promise<DeadLetter | undefined>;
  /** Makes a taken letter stay so for `takenForMs` from now; nothing happens when it was settled or put back. */
  renew(letter: DeadLetter): Promise<void>;
  /** Removes a taken letter that was handled; with the last one its key is free. */
  settle(letter: DeadLetter): Promise<void>;
  /** Puts a taken letter back. */
  putBack(letter: DeadLetter, failure: Failure): Promise<void>;
  /**
   * Does without a letter and marks its message as done in the inbox, both or neither; it stays in the list of skipped ones.
   * @param skip.by actor, `account:<name>`
   * @throws OdstError COMMON_COMMAND_CONFLICT while somebody retries it, or when it is not the first of its key
   * @throws OdstError COMMON_REQUEST_INVALID for a reason that `checkSkipReason` refuses
   */
  skip(letter: DeadLetter, skip: { readonly by: string; readonly reason: string }): Promise<void>;
}
