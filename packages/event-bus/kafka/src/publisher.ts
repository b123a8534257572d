import { type BusMessage, newMessages, overtaken } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import { busError, isFenced } from './kafka-error.ts';
import { recordOf } from './record.ts';
import type { TopicTail } from './topic-tail.ts';
import type { TransactionalProducer } from './transactional-producer.ts';

/** Publishes to one topic. Disposing closes the connections. */
export interface Publisher extends AsyncDisposable {
  /** As `EventBus.publish`; calls wait for each other. */
  publish(fence: bigint, messages: readonly BusMessage[]): Promise<void>;
}

/** The right to publish: nobody else can write to the topic as long as the broker takes what this producer writes. */
type Holder = { readonly fence: bigint; readonly producer: TransactionalProducer; position: bigint };

/**
 * Builds the publisher of a topic. Two numbers keep out who lost the right to publish: the fencing number of the lease,
 * which each record carries, and the epoch that a broker gives to the producer of a transactional id, of which there is one
 * per topic. The last position is read back from the topic only after the producers before have been shut out: nothing
 * of theirs can appear behind it any more, so nothing is published twice.
 */
export function createPublisher(deps: {
  readonly topic: string;
  /** Opens the producer of the topic, which shuts out the one before it. */
  readonly openProducer: () => Promise<TransactionalProducer>;
  readonly readTail: () => Promise<TopicTail>;
  /** Waits for transactions that are open. */
  readonly readSettledTail: () => Promise<TopicTail>;
  /** The error for a topic with events of another server. */
  readonly foreign: () => OdstError;
}): Publisher {
  const { topic, openProducer, readTail, readSettledTail, foreign } = deps;
  let holder: Holder | undefined;
  /** Highest fence that a broker refused. */
  let refused = 0n;
  let last: Promise<unknown> = Promise.resolve();

  const letGo = async (): Promise<void> => {
    const { producer } = holder ?? {};
    holder = undefined;
    await producer?.close().catch(() => undefined);
  };

  const takeOver = async (fence: bigint, source: string | undefined): Promise<Holder> => {
    // Asked before anybody is shut out: who has no right to publish must not disturb who has it.
    const before = await readTail();
    if (fence < before.fence) throw overtaken(fence, before.fence);
    if (before.source !== undefined && before.source !== source) throw foreign();
    await letGo();
    const producer = await openProducer();
    try {
      const tail = await readTail();
      if (fence < tail.fence) throw overtaken(fence, tail.fence);
      return { fence, producer, position: tail.position };
    } catch (error) {
      await producer.close().catch(() => undefined);
      throw error;
    }
  };

  const publish = async (fence: bigint, messages: readonly BusMessage[]): Promise<void> => {
    if (fence <= refused) throw shutOut(fence);
    if (holder !== undefined && fence < holder.fence) throw overtaken(fence, holder.fence);
    if (holder?.fence !== fence) holder = await takeOver(fence, messages[0]?.event.source);
    const mine = holder;
    // Out of turn: perhaps somebody else has published meanwhile, and then that is the fault.
    if (messages[0]?.position !== mine.position + 1n) {
      const tail = await readSettledTail();
      if (fence < tail.fence) throw overtaken(fence, tail.fence);
    }
    const fresh = newMessages({ fence, messages }, mine);
    const end = fresh.at(-1);
    if (end === undefined) return;
    try {
      await mine.producer.write(
        topic,
        fresh.map((message) => recordOf(message, fence)),
      );
      mine.position = end.position;
    } catch (error) {
      // Whether it was committed is not known: the topic tells, before the next publication.
      await letGo();
      if (!isFenced(error)) throw error;
      refused = fence;
      throw shutOut(fence, error);
    }
  };

  return {
    publish(fence, messages) {
      const published = last.then(() => publish(fence, messages));
      last = published.catch(() => undefined);
      return published.catch((error: unknown) => {
        throw busError(error);
      });
    },
    async [Symbol.asyncDispose]() {
      await last;
      await letGo();
    },
  };
}

function shutOut(fence: bigint, cause?: unknown): OdstError {
  const message = `the broker shut the producer with fence ${fence} out: another one took over`;
  return new OdstError('COMMON_COMMAND_CONFLICT', message, {}, { cause });
}

/** The error for a topic whose events are not those of this server's database. @param freshPrefix names topics that are not there yet */
export function foreignTopic(topic: string, freshPrefix: string): OdstError {
  const message =
    `KAFKA_TOPIC_PREFIX: the topic ${topic} has events that are not in this server's database: they are of another server, or ` +
    'of this one before its database was restored from an older backup. Nothing was published and nothing is lost: under a new ' +
    `prefix every event is published anew and handled once; example: KAFKA_TOPIC_PREFIX=${freshPrefix}`;
  return new OdstError('COMMON_SETTING_INVALID', message);
}
