import type { Subscription } from '@odst/event-bus';
import { type Delivery, type Progress, startDelivery } from '@odst/event-bus';
import type { Logger } from '@odst/telemetry';
import { createFetchValve } from './fetch-valve.ts';
import type { GroupStart } from './group-start.ts';
import { createIncoming } from './incoming.ts';
import { createMissingMessages } from './missing-messages.ts';
import { messageOf, type RawRecord, storedRecordOf } from './record.ts';
import type { PartitionEnd } from './topic-reader.ts';
import { createTrail, type PartitionCommit } from './trail.ts';

/** A topic that a member of a group was assigned, and the delivery of its messages. Disposing is as that of a delivery. */
export interface Place extends AsyncDisposable {
  /** Takes what was fetched of a partition, in order. */
  add(partition: number, records: readonly RawRecord[]): void;
}

/** What a place is made of. */
export type PlaceOptions = Pick<Subscription, 'handler' | 'concurrency'> & {
  /** As the port names it. */
  readonly topic: string;
  readonly logger: Logger;
  readonly start: Progress;
  /** Of each partition where reading begins. */
  readonly offsets: GroupStart['offsets'];
  readonly readEnds: () => Promise<ReadonlyMap<number, PartitionEnd>>;
  /** Stores the progress where the effects are. */
  readonly save: (progress: Progress) => Promise<void>;
  readonly commit: (commits: readonly PartitionCommit[]) => Promise<void>;
  readonly pause: (partition: number) => void;
  readonly resume: (partition: number) => void;
};

/** Starts a place: merges the partitions into the order of position, and delivers with the engine of all adapters. */
export function startPlace(options: PlaceOptions): Place {
  const { topic, logger, start, offsets, handler, concurrency, commit } = options;
  const incoming = createIncoming(start);
  const trail = createTrail(offsets);
  const valve = createFetchValve({ partitions: offsets.keys().toArray(), held: incoming.held, ...options });
  let delivery: Delivery | undefined;
  let ended = false;

  const log = {
    async read(after: bigint, limit: number) {
      const records = incoming.read(after, limit);
      valve.adjust();
      missing.check();
      return records.map((record) => messageOf(topic, record));
    },
    readAt: async () => (incoming.waiting() ?? []).map((record) => messageOf(topic, record)),
    async save(progress: Progress) {
      // In this order: an offset behind which something is not done in the database would make others read all of the topic.
      await options.save(progress);
      await commit(trail.commitsFor(progress));
    },
  };
  const deliver = (): void => {
    // Not before the waiting ones are here: what the delivery does not know of, it would take for done.
    if (delivery === undefined && !ended && incoming.waiting() !== undefined) {
      delivery = startDelivery({ log, start, handler, concurrency, logger });
    }
    delivery?.wake();
  };
  const missing = createMissingMessages({ incoming, logger, readEnds: options.readEnds, onGivenUp: deliver });
  deliver();

  return {
    add(partition, records) {
      for (const raw of records) {
        const record = storedRecordOf(partition, raw);
        if (record === undefined) logger.warn({ partition, offset: raw.offset }, 'passed over a record that is no event of ours');
        else trail.add(record, incoming.add(record));
      }
      valve.adjust();
      if (delivery === undefined || incoming.hasNext()) deliver();
      missing.check();
    },
    async [Symbol.asyncDispose]() {
      ended = true;
      missing.stop();
      await delivery?.[Symbol.asyncDispose]();
    },
  };
}
