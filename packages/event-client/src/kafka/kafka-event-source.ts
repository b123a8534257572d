import { createBackoff, pause } from '@odst/async';
import { OdstError } from '@odst/kernel';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { EventSource, SourceItem, StartPosition } from '../event-source.ts';
import { publishingServices } from '../events/known-events.ts';
import { type Retry, retryPauses } from '../retry.ts';
import { unavailable } from '../unavailable.ts';
import { isFinal } from './kafka-failure.ts';
import { createOffsets, type Offsets } from './offsets.ts';
import { checkPlace, placeOffsets } from './places.ts';
import { readTopics } from './read-topics.ts';
import { type PublishingService, topicsOf } from './service-topics.ts';
import { openTopicLookup, type TopicLookup } from './topic-lookup.ts';
import { matcherOf } from './type-matcher.ts';

/** Of {@link createKafkaEventSource}. */
export type KafkaEventSourceOptions = {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** KAFKA_TOPIC_PREFIX of the server. Default `odst`. */
  readonly topicPrefix?: string;
  /** Services whose events to read. Default all. */
  readonly services?: readonly PublishingService[];
  /**
   * Event names, short (`PackageUploaded`) or full (`org.odst.catalog.PackageUploaded.v1`). Default all events. What is left out is
   * read and passed over here: Kafka does not filter.
   */
  readonly types?: readonly string[];
  /**
   * How long topics may be missing before reading ends with COMMON_REQUEST_INVALID: a server makes them in the first seconds of its
   * first start. Default 60,000 milliseconds.
   */
  readonly missingTopicMs?: number;
  /** Names the connections in the brokers' logs. Default `odst-event-client`. */
  readonly clientId?: string;
  /** TLS, as kafkajs takes it. Default none. */
  readonly ssl?: KafkaConfig['ssl'];
  /** Login, as kafkajs takes it. Default none. */
  readonly sasl?: KafkaConfig['sasl'];
  /** Told before each pause after which reading is tried again. Default nobody. */
  readonly onRetry?: (retry: Retry) => void;
};

/** What all attempts of a reading share. */
type Reading = {
  readonly kafka: Kafka;
  readonly topics: readonly string[];
  readonly offsets: Offsets;
  readonly from: 'beginning' | 'latest';
  readonly matches: (type: string) => boolean;
  readonly missingTopicMs: number;
  readonly onProgress: () => void;
  readonly signal: AbortSignal;
};

const defaultClientId = 'odst-event-client';
const defaultMissingTopicMs = 60_000;
/** Longest pause while topics are missing. */
const missingPauseMs = 1_000;

/**
 * Builds the source over the topics of a server, for Kafka 3.7 or newer. Positions are the offsets of all partitions with the last
 * event of each, kept by the reader: in the brokers nothing is committed, so a reader can begin anywhere, and topics that were made
 * anew, or lost records that were not read, are noticed. Order holds per `partitionkey`, not between topics.
 * @throws OdstError COMMON_REQUEST_INVALID for a service or an event that there is not
 */
export function createKafkaEventSource(options: KafkaEventSourceOptions): EventSource {
  const { topicPrefix = 'odst', services = publishingServices, missingTopicMs = defaultMissingTopicMs } = options;
  const topics = topicsOf(topicPrefix, services);
  const matches = matcherOf(options.types ?? []);
  return {
    read: (from, signal) => readForEver(options, { topics, matches, missingTopicMs, signal }, from),
  };
}

async function* readForEver(
  options: KafkaEventSourceOptions,
  given: Pick<Reading, 'topics' | 'matches' | 'missingTopicMs' | 'signal'>,
  start: StartPosition,
): AsyncGenerator<SourceItem, void, void> {
  const { signal } = given;
  const offsets = createOffsets(typeof start === 'object' ? start.after : undefined);
  const from = start === 'latest' ? 'latest' : 'beginning';
  const backoff = createBackoff(retryPauses);
  const onProgress = (): void => backoff.reset();
  const reading = { ...given, kafka: newKafka(options), offsets, from, onProgress } as const;
  const missing = createMissingTopics(given.missingTopicMs);
  // Who begins with the latest has a position to go on from before anything comes.
  let isPlaced = from !== 'latest';
  while (!signal.aborted) {
    let longestPauseMs = Number.POSITIVE_INFINITY;
    try {
      const lookup = await openTopicLookup(reading.kafka);
      try {
        const absent = await placeOffsets(lookup, reading.topics, offsets, from);
        if (!isPlaced) yield { position: offsets.toPosition() };
        isPlaced = true;
        if (absent.length > 0) longestPauseMs = missingPauseMs;
        missing.check(absent);
        yield* readWith(lookup, reading);
      } finally {
        await lookup.close();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error)) throw error;
      const delayMs = Math.min(backoff.nextMs(), longestPauseMs);
      options.onRetry?.({ error: unavailable('Kafka cannot be read', error), failures: backoff.failures, delayMs });
      await pause(delayMs, signal);
    }
  }
}

function newKafka({ brokers, clientId = defaultClientId, ssl, sasl }: KafkaEventSourceOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

function readWith(lookup: TopicLookup, { onProgress, ...reading }: Reading): AsyncGenerator<SourceItem, void, void> {
  return readTopics({
    ...reading,
    groupRoot: defaultClientId,
    check: (topic, partition) => checkPlace(lookup, topic, partition, reading.offsets),
    onItem: onProgress,
  });
}

/** Keeps since when topics are missing. */
function createMissingTopics(longestMs: number) {
  let sinceMs: number | undefined;
  return {
    /** @throws OdstError COMMON_SERVICE_UNAVAILABLE while they may still come; then COMMON_REQUEST_INVALID */
    check(topics: readonly string[]): void {
      if (topics.length === 0) {
        sinceMs = undefined;
        return;
      }
      sinceMs ??= performance.now();
      const text = `Kafka has no topic ${topics.join(', ')}`;
      if (performance.now() - sinceMs < longestMs) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', text, { topics });
      const hint = 'topicPrefix must be the KAFKA_TOPIC_PREFIX of a server that uses these brokers';
      throw new OdstError('COMMON_REQUEST_INVALID', `${text} for ${Math.round(longestMs / 1_000)} s; ${hint}`, { topics });
    },
  };
}
