import type { Parsed, Setting } from './setting.ts';
import { choice, flag, integer, list, path, text } from './setting-kinds.ts';

/** Settings of the event bus over Kafka. */
export const kafkaSettings = {
  KAFKA_BROKERS: list({
    doc: 'Kafka 3.7 or newer as the event bus: `host:port` of some brokers, with commas. PostgreSQL is the bus when missing',
    default: [],
    defaultText: 'none: the bus is PostgreSQL',
    parseItem: parseBroker,
    example: 'kafka1.example.org:9092,kafka2.example.org:9092',
  }),
  KAFKA_TOPIC_PREFIX: topicPrefix(),
  KAFKA_TOPIC_PARTITIONS: integer({
    doc: 'Partitions of the topics that the server makes; those that are there stay as they are',
    min: 1,
    max: 1_000,
    default: 6,
    example: '12',
  }),
  KAFKA_REPLICATION_FACTOR: integer({
    doc: 'Copies of the topics that the server makes; 0 leaves it to the brokers (`default.replication.factor`)',
    min: 0,
    max: 100,
    default: 0,
    example: '3',
  }),
  KAFKA_TLS: flag({
    doc: 'TLS to the brokers, whose certificates are always verified; any value but `0`, `false`, `no`, `off`',
    default: false,
    defaultText: 'none',
    example: '1',
  }),
  KAFKA_TLS_CA: path({
    doc: 'File with the certificates, PEM, of the authority that the brokers’ certificates are checked against',
    default: undefined,
    defaultText: 'those that Node.js brings',
    example: '/etc/odst/kafka-ca.pem',
  }),
  KAFKA_TLS_CERT: path({
    doc: 'File with the certificate of this client, PEM, for brokers that ask for one',
    default: undefined,
    example: '/etc/odst/kafka-client.pem',
  }),
  KAFKA_TLS_KEY: path({
    doc: 'File with the private key of `KAFKA_TLS_CERT`, PEM',
    default: undefined,
    example: '/etc/odst/kafka-client.key',
  }),
  KAFKA_SASL_MECHANISM: choice({
    doc: 'How to log in, with `KAFKA_SASL_USERNAME`: `plain`, `scram-sha-256` or `scram-sha-512`',
    of: ['plain', 'scram-sha-256', 'scram-sha-512'],
    default: 'scram-sha-512',
    example: 'scram-sha-256',
  }),
  KAFKA_SASL_USERNAME: text({ doc: 'Login at the brokers by SASL', default: undefined, example: 'odst' }),
  KAFKA_SASL_PASSWORD: text({
    doc: 'Password of `KAFKA_SASL_USERNAME`',
    default: undefined,
    secret: true,
    example: 'a-long-password',
  }),
} as const;

function topicPrefix(): Setting<string> {
  return {
    doc: 'First part of the names of topics and consumer groups, so that several servers can share a cluster',
    example: 'odst-berlin',
    secret: false,
    defaultText: '`odst`',
    fallback: 'odst',
    parse: (value) => (/^[a-z0-9][a-z0-9-]{0,99}$/i.test(value) ? { value } : { fault: 'is not of letters, digits and hyphens' }),
  };
}

function parseBroker(item: string): Parsed<string> {
  const [, number] = /^[^\s:/]+:(\d{1,5})$/.exec(item) ?? [];
  const inRange = number !== undefined && Number(number) >= 1 && Number(number) <= 65_535;
  return inRange ? { value: item } : { fault: 'has an item that is not of the form host:port' };
}
