import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { eventStoreOf, isLocalOnly, publicUrlOf, readServerSettings, serverSettings, settingsTable } from '../../src/index.ts';

const refusalOf = (environment: Record<string, string>): string => {
  try {
    readServerSettings(environment);
    return 'accepted';
  } catch (error) {
    expect(error).toMatchObject({ code: 'COMMON_SETTING_INVALID' });
    return (error as Error).message;
  }
};

test('takes the documented defaults from an empty environment', () => {
  const settings = readServerSettings({});
  expect(settings).toMatchObject({
    ODST_HOST: '127.0.0.1',
    ODST_PORT: 8080,
    ODST_DATA_DIR: resolve('.odst'),
    ODST_ALLOWED_EXTENSIONS: ['pkg', 'mpkg', 'dmg', 'zip'],
    ODST_TRUSTED_PROXIES: [],
    KAFKA_BROKERS: [],
    KAFKA_TOPIC_PREFIX: 'odst',
    KAFKA_TOPIC_PARTITIONS: 6,
    KAFKA_TLS: false,
    DEBUG: false,
  });
  for (const name of ['DATABASE_URL', 'ODST_PUBLIC_URL', 'DATABASE_KEY'] as const) {
    expect(settings[name]).toBeUndefined();
  }
});

test('converts what is set, and takes an empty value for a missing one', () => {
  const key = Buffer.alloc(32, 7);
  const settings = readServerSettings({
    ODST_PORT: ' 8081 ',
    ODST_HOST: '',
    ODST_PUBLIC_URL: 'https://ods.example.org/base/',
    DATABASE_URL: 'postgres://odst:pa%40ss@db/odst',
    DATABASE_KEY: `${key.toString('base64')}, ${key.toString('base64')}`,
    ODST_ALLOWED_EXTENSIONS: '.PKG, dmg',
    ODST_TRUSTED_PROXIES: '10.0.0.0/8,::1',
    KAFKA_BROKERS: 'kafka1:9092, kafka2:9093',
    DEBUG: '1',
  });
  expect(settings).toMatchObject({
    ODST_PORT: 8081,
    ODST_HOST: '127.0.0.1',
    ODST_PUBLIC_URL: 'https://ods.example.org/base',
    DATABASE_URL: 'postgres://odst:pa%40ss@db/odst',
    DATABASE_KEY: [key, key],
    ODST_ALLOWED_EXTENSIONS: ['pkg', 'dmg'],
    ODST_TRUSTED_PROXIES: ['10.0.0.0/8', '::1'],
    KAFKA_BROKERS: ['kafka1:9092', 'kafka2:9093'],
    DEBUG: true,
  });
});

test.each([
  ['ODST_PORT', '80800'],
  ['ODST_PORT', '80a'],
  ['ODST_PORT', '-1'],
  ['ODST_HOST', 'not a host'],
  ['ODST_PUBLIC_URL', 'ods.example.org'],
  ['ODST_PUBLIC_URL', 'ftp://ods.example.org'],
  ['ODST_PUBLIC_URL', 'https://ods.example.org/?a=1'],
  ['ODST_ALLOWED_EXTENSIONS', 'pkg,tar/gz'],
  ['ODST_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['EVENTSTORE_STREAM_PREFIX', 'a-b'],
  ['KAFKA_BROKERS', 'kafka1'],
  ['KAFKA_BROKERS', '[::1]:9092'],
  ['KAFKA_BROKERS', 'kafka1:9092,kafka://kafka2:9092'],
  ['KAFKA_TOPIC_PREFIX', 'odst.berlin'],
  ['KAFKA_TOPIC_PARTITIONS', '0'],
  ['KAFKA_SASL_MECHANISM', 'gssapi'],
])('refuses %s=%s in one line with the variable, the value and an example', (name, value) => {
  const message = refusalOf({ [name]: value });
  expect(message.startsWith(`${name}: ${JSON.stringify(value)} `)).toBe(true);
  expect(message).toContain(`; example: ${name}=`);
  expect(message).not.toContain('\n');
});

test.each([
  ['DATABASE_URL', 'mysql://odst:planted@db/odst'],
  ['DATABASE_URL', 'postgres://odst:planted@db'],
  ['EVENTSTORE_URL', 'http://odst:planted@events'],
  ['EVENTSTORE_URL', 'esdb:planted'],
  ['DATABASE_KEY', 'planted'],
  ['ODST_INTERNAL_TOKEN', 'planted'],
])('shows no part of a wrong %s', (name, value) => {
  const message = refusalOf({ [name]: value });
  expect(message).toMatch(new RegExp(`^${name}: the value .*; example: ${name}=`));
  expect(message).not.toContain('planted');
});

test('tells where events are that are not in PostgreSQL', () => {
  expect(eventStoreOf(readServerSettings({ EVENTSTORE_STREAM_PREFIX: 'berlin' }))).toBeUndefined();
  for (const url of ['esdb://odst:secret@events:2113?tls=true', 'esdb+discover://cluster.example']) {
    expect(eventStoreOf(readServerSettings({ EVENTSTORE_URL: url }))).toEqual({ url, streamPrefix: 'odst' });
  }
});

test('derives its own URL from the listener unless that stands for all addresses', () => {
  expect(publicUrlOf(readServerSettings({}))).toBe('http://127.0.0.1:8080');
  expect(publicUrlOf(readServerSettings({ ODST_PORT: '0' }), 4321)).toBe('http://127.0.0.1:4321');
  expect(publicUrlOf(readServerSettings({ ODST_HOST: '::1' }))).toBe('http://[::1]:8080');
  expect(publicUrlOf(readServerSettings({ ODST_HOST: '0.0.0.0' }))).toBeUndefined();
  expect(publicUrlOf(readServerSettings({ ODST_HOST: '0.0.0.0', ODST_PUBLIC_URL: 'https://a.example' }))).toBe(
    'https://a.example',
  );
});

test.each([
  [{}, true],
  [{ ODST_HOST: '::1' }, true],
  [{ ODST_HOST: '0.0.0.0', ODST_PUBLIC_URL: 'http://localhost:8080' }, true],
  [{ ODST_PUBLIC_URL: 'http://127.0.0.2' }, true],
  [{ ODST_HOST: '0.0.0.0' }, false],
  [{ ODST_HOST: '192.0.2.7' }, false],
  [{ ODST_PUBLIC_URL: 'https://ods.example.org' }, false],
  [{ ODST_PUBLIC_URL: 'https://localhost.example.org' }, false],
  [{ ODST_PUBLIC_URL: 'http://[::2]' }, false],
])('a server with %j is for its own machine alone: %j', (environment, expected) => {
  expect(isLocalOnly(readServerSettings(environment))).toBe(expected);
});

test('gives every setting a row with default and meaning, and an example that is right', () => {
  const lines = settingsTable(serverSettings).trimEnd().split('\n');
  expect(lines).toHaveLength(Object.keys(serverSettings).length + 2);
  expect(lines).toContain('| `ODST_PORT` | `8080` | Port of the gateway: web pages, API, packages. 0 takes any free one |');
  for (const [name, { example, parse }] of Object.entries(serverSettings)) {
    const value = example.replace('$(openssl rand -base64 32)', Buffer.alloc(32).toString('base64'));
    expect([name, parse(value)]).toMatchObject([name, { value: expect.anything() }]);
  }
});

test('reads the headers of the receiver of traces, and the share of traces', () => {
  const settings = readServerSettings({
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20a-token, x-tenant = berlin',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  });
  expect(settings.OTEL_EXPORTER_OTLP_HEADERS).toEqual({ authorization: 'Bearer a-token', 'x-tenant': 'berlin' });
  expect(settings.OTEL_TRACES_SAMPLER_ARG).toBe(0.25);
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER_ARG } = readServerSettings({});
  expect([OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER_ARG]).toEqual([undefined, {}, 1]);
});

test.each([
  ['OTEL_EXPORTER_OTLP_HEADERS', 'planted'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=%zz-planted'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=planted%0d%0ax: y'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=planted,'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ['OTEL_TRACES_SAMPLER_ARG', 'all'],
])('refuses %s=%s', (name, value) => {
  const refusal = refusalOf({ [name]: value });
  expect(refusal).toMatch(new RegExp(`^${name}: .*; example: ${name}=`));
  expect(refusal).not.toContain('planted');
});
