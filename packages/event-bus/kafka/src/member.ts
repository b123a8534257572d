import { createBackoff, pause } from '@odst/async';
import type { Consumer } from 'kafkajs';
import { createAssignments, type MembershipOptions } from './assignments.ts';
import type { Brokers } from './brokers.ts';
import { clientRetry } from './connection.ts';
import { logFailure } from './log-failure.ts';
import { wholeTopics } from './whole-topics.ts';

/** A member that is not heard of for so long is dead, and its topics go to others; the least that brokers allow by default. */
const sessionTimeoutMs = 6_000;
const heartbeatIntervalMs = 1_000;
/** How long members have to join again when one comes or goes. */
const rebalanceTimeoutMs = 10_000;
/** How long a broker keeps a fetch that finds nothing; heartbeats and the stop wait for its end. */
const fetchWaitMs = 250;
/** So long a topic may wait for the messages of partitions that were added to it. */
const metadataMaxAgeMs = 30_000;
/** A member that stood for so long had no lasting fault. */
const standsAfterMs = 10_000;

/** What a member of a group is made of. */
export type MemberOptions = Omit<MembershipOptions, 'groupId'> & {
  /** The group's name on the brokers, once it is known. */
  readonly groupId: Promise<string>;
};

/** Starts a member of a group; it joins again whenever it had to leave. Disposing waits for the handlers under way. */
export function startMember(options: MemberOptions): AsyncDisposable {
  const { subscription, names, logger } = options;
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  /** By topic, the end of the last delivery here. */
  const ended = new Map<string, Promise<void>>();

  const serve = async (groupId: string): Promise<void> => {
    const consumer = openConsumer(options.brokers, groupId);
    const crash = Promise.withResolvers<never>();
    crash.promise.catch(() => undefined);
    const assignments = createAssignments({ ...options, consumer, groupId, ended });
    consumer.on(consumer.events.CRASH, ({ payload }) => crash.reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assignments.joined(payload.memberId, Object.keys(payload.memberAssignment));
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: subscription.topics.map(names.onBrokers), fromBeginning: true });
      const running = consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch, isStale }) => {
          if (!isStale()) assignments.add(batch.topic, batch.partition, batch.messages);
        },
      });
      await Promise.race([running, crash.promise]);
      await Promise.race([stopped, crash.promise]);
      // Before it leaves the group: only a member can commit.
      await assignments.end();
    } finally {
      assignments.lose();
      await consumer.disconnect();
    }
  };

  const run = async (): Promise<void> => {
    const groupId = await Promise.race([options.groupId, stopped]);
    for (const backoff = createBackoff(); groupId !== undefined && !stop.signal.aborted; ) {
      const startedAt = performance.now();
      try {
        await serve(groupId);
      } catch (error) {
        if (stop.signal.aborted) break;
        if (performance.now() - startedAt > standsAfterMs) backoff.reset();
        const pauseMs = backoff.nextMs();
        logFailure(logger, error, backoff.failures, 'a consumer had to leave its group; joining again');
        await pause(pauseMs, stop.signal);
      }
    }
    await Promise.all(ended.values());
  };

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** With a client of its own: one that several consumers share mixes their offsets up. */
function openConsumer(brokers: Brokers, groupId: string): Consumer {
  return brokers.newClient().consumer({
    groupId,
    partitionAssigners: [wholeTopics],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    maxWaitTimeInMs: fetchWaitMs,
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    // Here, with a delivery that begins anew; the client's own restart would keep what it knew.
    retry: { ...clientRetry, restartOnFailure: async () => false },
  });
}
