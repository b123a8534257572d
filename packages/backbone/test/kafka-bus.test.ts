import { readServerSettings } from '@odst/service-host';
import { expect, test } from 'vitest';
import { kafkaBusOf } from '../src/index.ts';

const iss = Promise.resolve('iss');
const busOf = (environment: Record<string, string>) =>
  kafkaBusOf(readServerSettings({ KAFKA_BROKERS: 'one:9092,two:9092', ...environment }), iss);

test('is none where no broker is named', () => {
  expect(kafkaBusOf(readServerSettings({ KAFKA_SASL_USERNAME: 'odst' }), iss)).toBeUndefined();
});

test('is without TLS and login by default, with the number of copies that the brokers have', () => {
  expect(busOf({})).toEqual({
    connection: { brokers: ['one:9092', 'two:9092'] },
    topicPrefix: 'odst',
    topics: { partitions: 6 },
    iss,
  });
});

test('has the TLS, the login and the topics that are set', () => {
  const login = { KAFKA_SASL_USERNAME: 'odst', KAFKA_SASL_PASSWORD: 'secret', KAFKA_SASL_MECHANISM: 'plain' };
  expect(busOf({ ...login, KAFKA_TLS: '1', KAFKA_REPLICATION_FACTOR: '3', KAFKA_TOPIC_PARTITIONS: '12' })).toMatchObject({
    connection: { tls: {}, sasl: { mechanism: 'plain', username: 'odst', password: 'secret' } },
    topics: { partitions: 12, replicationFactor: 3 },
  });
});

test('refuses half a login, showing no password', () => {
  expect(() => busOf({ KAFKA_SASL_USERNAME: 'odst' })).toThrow('KAFKA_SASL_PASSWORD is missing');
  expect(() => busOf({ KAFKA_SASL_PASSWORD: 'planted' })).toThrow(/^KAFKA_SASL_USERNAME is missing(?!.*planted)/);
});

test('refuses a certificate without TLS', () => {
  expect(() => busOf({ KAFKA_TLS_CA: '/etc/odst/ca.pem' })).toThrow('KAFKA_TLS is missing: KAFKA_TLS_CA needs it');
});
