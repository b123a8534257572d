import type { Progress, ProgressStore, Subscription } from '@odst/event-bus';
import type { Logger } from '@odst/telemetry';
import type { Consumer } from 'kafkajs';
import { type Assignment, startAssignment } from './assignment.ts';
import type { Brokers } from './brokers.ts';
import { readGroupStart } from './group-start.ts';
import type { RawRecord } from './record.ts';
import type { TopicNames } from './topic-names.ts';

/** What makes up a member of a group. */
export type MembershipOptions = {
  readonly subscription: Subscription;
  readonly names: TopicNames;
  /** The group's name on the brokers. */
  readonly groupId: string;
  readonly brokers: Brokers;
  readonly progressStore: ProgressStore;
  /** Where the group begins in each topic of the subscription when it has no history. */
  readonly fresh: ReadonlyMap<string, Progress>;
  readonly logger: Logger;
};

/** The topics that a member has at present, under their names on the brokers. */
export interface Assignments {
  /** The member joined its group and was given these topics. */
  joined(memberId: string, topics: readonly string[]): void;
  add(topic: string, partition: number, records: readonly RawRecord[]): void;
  /** Waits for the handlers under way and commits the progress of all topics. */
  end(): Promise<void>;
  /** Somebody else may have the topics now. */
  lose(): void;
}

/** Builds them, none yet. @param deps.ended gets the end of each delivery, by topic */
export function createAssignments(
  deps: MembershipOptions & { readonly consumer: Consumer; readonly ended: Map<string, Promise<void>> },
): Assignments {
  const { subscription, names, consumer, groupId, ended, fresh, brokers, progressStore } = deps;
  const assigned = new Map<string, Assignment>();
  let member: string | undefined;

  const start = (topic: string): Assignment => {
    // A topic that this member had before may have been left paused.
    consumer.resume([{ topic }]);
    const onPort = names.onPort(topic);
    const at = { group: subscription.group, topic: onPort };
    return startAssignment({
      ...subscription,
      topic: onPort,
      logger: deps.logger.child({ topic }),
      after: ended.get(topic) ?? Promise.resolve(),
      fresh: fresh.get(onPort) ?? { position: 0n, waiting: [] },
      readStart: () => readGroupStart(deps, { at, groupId, topic }),
      save: (progress) => progressStore.save(at, progress),
      readEnds: () => brokers.reader.use((reader) => reader.ends(topic)),
      commit: (commits) => consumer.commitOffsets(commits.map((commit) => ({ ...commit, topic, offset: `${commit.offset}` }))),
      seek: (offsets) => {
        for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: `${offset}` });
      },
      pause: (partition) => consumer.pause([{ topic, partitions: [partition] }]),
      resume: (partition) => consumer.resume([{ topic, partitions: [partition] }]),
    });
  };
  const end = (topic: string, assignment: Assignment): void => {
    assigned.delete(topic);
    ended.set(topic, Promise.resolve(assignment[Symbol.asyncDispose]()));
  };
  const lose = (topic: string, assignment: Assignment): void => {
    assignment.lose();
    end(topic, assignment);
  };

  return {
    joined(memberId, topics) {
      // Under another name it is a member that was given up meanwhile, and others went on with its topics.
      const isSame = memberId === member;
      member = memberId;
      for (const [topic, assignment] of assigned) if (!isSame || !topics.includes(topic)) lose(topic, assignment);
      for (const topic of topics) if (!assigned.has(topic)) assigned.set(topic, start(topic));
    },
    add: (topic, partition, records) => assigned.get(topic)?.add(partition, records),
    async end() {
      for (const [topic, assignment] of assigned) end(topic, assignment);
      await Promise.all(ended.values());
    },
    lose() {
      for (const [topic, assignment] of assigned) lose(topic, assignment);
    },
  };
}
