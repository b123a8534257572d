import { topicRoot } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';

/**
 * Names on the brokers, where KAFKA_TOPIC_PREFIX tells servers apart, and the topics of one that began anew. Everybody else
 * knows topics by the names of the port, which stay the same whatever the prefix is.
 */
export interface TopicNames {
  /** What a topic of the port is called on the brokers; its transactional id too. @throws OdstError COMMON_INTERNAL for a name of another form */
  onBrokers(topic: string): string;
  /** What the port calls a topic of the brokers. @throws OdstError COMMON_INTERNAL for a name of another form */
  onPort(topic: string): string;
  /** What a group of the port is called on the brokers. @param iss this server's ISS ID */
  group(iss: string, group: string): string;
  /** Such a prefix as an operator may take next. */
  readonly nextPrefix: string;
}

/** The names under a prefix. */
export function topicNames(prefix: string): TopicNames {
  const renamed = (topic: string, from: string, to: string): string => {
    if (!topic.startsWith(`${from}.`)) throw new OdstError('COMMON_INTERNAL', `${topic} is no topic of ${from}`);
    return `${to}${topic.slice(from.length)}`;
  };
  return {
    onBrokers: (topic) => renamed(topic, topicRoot, prefix),
    onPort: (topic) => renamed(topic, prefix, topicRoot),
    group: (iss, group) => `${prefix}.${iss}.${group}`,
    nextPrefix: successorOf(prefix),
  };
}

/** The same with the next number: `odst-2` of `odst`, `odst-3` of `odst-2`. */
function successorOf(prefix: string): string {
  const [, name = prefix, number = '1'] = /^(.+)-(\d{1,9})$/.exec(prefix) ?? [];
  return `${name}-${Number(number) + 1}`;
}
