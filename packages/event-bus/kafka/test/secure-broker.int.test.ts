import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createMemoryProgressStore } from '@odst/event-bus';
import { messagesFor } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import {
  commandExists,
  eventually,
  freePort,
  hasKafka,
  type KafkaBroker,
  requirement,
  startKafkaBroker,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@odst/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createKafkaEventBus, type KafkaConnection } from '../src/index.ts';
import { service } from './support/notes-service.ts';

const run = promisify(execFile);
const login = { username: 'odst', password: 'a-password' };
const unavailable = { code: 'COMMON_SERVICE_UNAVAILABLE' };
const hasOpenssl = await requirement('openssl', () => commandExists('openssl'));

/** A certificate for 127.0.0.1 that is its own authority, and its key. */
async function selfSigned(folder: string): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]);
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
}

describe.skipIf(!hasOpenssl || !(await hasKafka()))('a broker that wants TLS and a login', () => {
  let folder: TemporaryDirectory;
  let broker: KafkaBroker;
  let address: string;
  let ca: string;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    const { cert, key } = await selfSigned(folder.path);
    ca = cert;
    const keystore = join(folder.path, 'keystore.pem');
    await writeFile(keystore, `${key}${cert}`);
    address = `127.0.0.1:${await freePort()}`;
    const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
    broker = await startKafkaBroker({
      login,
      settings: (ours) => ({
        ...ours,
        listeners: `${ours['listeners']},CLIENT://${address}`,
        'advertised.listeners': `${ours['advertised.listeners']},CLIENT://${address}`,
        'listener.security.protocol.map': `${ours['listener.security.protocol.map']},CLIENT:SASL_SSL`,
        'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.client.scram-sha-512.sasl.jaas.config': jaas,
        'listener.name.client.ssl.keystore.type': 'PEM',
        'listener.name.client.ssl.keystore.location': keystore,
      }),
    });
  });
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const open = (rest: Omit<KafkaConnection, 'brokers'>) => {
    const connection = { brokers: [address], ...rest };
    const progressStore = createMemoryProgressStore();
    const bus = createKafkaEventBus({ connection, progressStore, iss: Promise.resolve('iss'), logger: createSilentLogger() });
    onTestFinished(async () => bus[Symbol.asyncDispose]());
    return bus;
  };
  const sasl = { mechanism: 'scram-sha-512', ...login } as const;

  test('serves who brings the right ones', async () => {
    const bus = open({ tls: { ca }, sasl });
    const positions: bigint[] = [];
    await bus.subscribe({
      topics: [bus.topicOf(service)],
      group: 'notes.readers',
      handler: async ({ position }) => void positions.push(position),
    });
    await bus.publish({ service, fence: 1n }, messagesFor(bus, ['a', 'b', 'c']));
    await eventually(() => positions.length === 3, 120_000);
    expect(positions).toEqual([1n, 2n, 3n]);
  });

  test.each([
    ['an authority that the system does not know', () => ({ tls: {}, sasl })],
    ['a wrong password', () => ({ tls: { ca }, sasl: { ...sasl, password: 'wrong' } })],
    ['no login', () => ({ tls: { ca } })],
    ['no TLS', () => ({ sasl })],
  ])('is out of reach with %s, and no password is told', async (_, connection) => {
    const refused: unknown = await open(connection())
      .lastPublished(service)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject(unavailable);
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain(login.password);
  });
});
