import { createBackoff, pause } from '@odst/async';
import type { Progress, Subscription } from '@odst/event-bus';
import type { Logger } from '@odst/telemetry';
import type { GroupStart } from './group-start.ts';
import { logFailure } from './log-failure.ts';
import { type Place, startPlace } from './place.ts';
import type { RawRecord } from './record.ts';
import type { PartitionEnd } from './topic-reader.ts';
import { createTrail, type PartitionCommit } from './trail.ts';

/** A topic from its assignment to a member until that is over. Disposing waits for the handlers and commits the progress. */
export interface Assignment extends AsyncDisposable {
  add(partition: number, records: readonly RawRecord[]): void;
  /** Says that somebody else may have the topic now: nothing is committed any more. */
  lose(): void;
}

/** What an assignment is made of. */
export type AssignmentOptions = Pick<Subscription, 'handler' | 'concurrency'> & {
  /** As the port names it. */
  readonly topic: string;
  readonly logger: Logger;
  /** Resolves when the delivery of the same topic is over that this process did before. */
  readonly after: Promise<void>;
  /** Where a group without history begins. */
  readonly fresh: Progress;
  readonly readStart: () => Promise<GroupStart>;
  readonly readEnds: () => Promise<ReadonlyMap<number, PartitionEnd>>;
  /** Stores the progress where the effects are. */
  readonly save: (progress: Progress) => Promise<void>;
  readonly commit: (commits: readonly PartitionCommit[]) => Promise<void>;
  /** Has the partitions read from these offsets on. What was fetched before is not handed over any more. */
  readonly seek: (offsets: ReadonlyMap<number, bigint>) => void;
  readonly pause: (partition: number) => void;
  readonly resume: (partition: number) => void;
};

/** Reads where the group goes on, again and again until it is known, and starts the delivery there. */
export function startAssignment(options: AssignmentOptions): Assignment {
  const { logger } = options;
  const stop = new AbortController();
  const early: [number, readonly RawRecord[]][] = [];
  let place: Place | undefined;
  let lost = false;

  const commit = async (commits: readonly PartitionCommit[]): Promise<void> => {
    if (!lost) await options.commit(commits);
  };
  /** Committed before it is read: a member that joins again is put back to what is committed. */
  const beginAt = async (offsets: GroupStart['offsets'], start: Progress): Promise<void> => {
    await commit(createTrail(offsets).commitsFor(start));
    options.seek(offsets);
    for (const [partition] of early.splice(0)) options.resume(partition);
  };
  const open = async (): Promise<Place> => {
    const { progress, offsets, isCommitted } = await options.readStart();
    const start = progress ?? options.fresh;
    // From now on the group has a history, wherever its next member asks to begin.
    if (progress === undefined) await options.save(start);
    if (!isCommitted) await beginAt(offsets, start);
    return startPlace({ ...options, start, offsets, commit });
  };
  const begin = async (): Promise<void> => {
    await options.after;
    for (const backoff = createBackoff(); !stop.signal.aborted; ) {
      try {
        place = await open();
        for (const [partition, records] of early.splice(0)) {
          // In this order: from now on the place decides, and may stop the fetching at once.
          options.resume(partition);
          place.add(partition, records);
        }
        return;
      } catch (error) {
        const pauseMs = backoff.nextMs();
        logFailure(logger, error, backoff.failures, 'where a consumer goes on could not be read; trying again');
        await pause(pauseMs, stop.signal);
      }
    }
  };

  const beginning = begin();
  return {
    add(partition, records) {
      if (stop.signal.aborted) return;
      if (place !== undefined) return place.add(partition, records);
      early.push([partition, records]);
      options.pause(partition);
    },
    lose() {
      lost = true;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await beginning;
      await place?.[Symbol.asyncDispose]();
    },
  };
}
