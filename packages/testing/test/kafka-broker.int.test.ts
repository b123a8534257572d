import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { freePort, hasKafka, startKafkaBroker, temporaryDirectory } from '../src/index.ts';
import { reasonIn } from '../src/kafka/broker-reason.ts';
import type { BrokerSettings } from '../src/kafka/broker-settings.ts';

test('what a broker says of its end is the first exception that it logs', () => {
  const log = `2026-01-01T00:00:00Z main ERROR [BrokerServer id=1] Fatal error during broker startup. Prepare to shutdown
org.apache.kafka.common.KafkaException: Failed to acquire lock on file .lock in /data.
\tat kafka.log.LogManager.lockLogDirs(LogManager.scala:264)
java.lang.IllegalStateException: another one
`;
  expect(reasonIn(log)).toBe('Failed to acquire lock on file .lock in /data.');
  expect(reasonIn('Exception in thread "main" java.lang.OutOfMemoryError: Java heap space\n')).toBe('Java heap space');
  expect(reasonIn('SLF4J: Defaulting to no-operation (NOP) logger implementation\n')).toBeUndefined();
});

describe.skipIf(!(await hasKafka()))('a broker', () => {
  test('does not start on a port that somebody has, and leaves nothing running', async () => {
    await using folder = await temporaryDirectory();
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    await expect(startKafkaBroker({ folder: folder.path, port })).rejects.toThrow(`has port ${port} of 127.0.0.1`);
    other.close();
  });

  test('does not start in a folder that another one has, and says so', async () => {
    await using folder = await temporaryDirectory();
    await using _first = await startKafkaBroker({ folder: folder.path });
    await expect(startKafkaBroker({ folder: folder.path })).rejects.toThrow(`another broker runs in the folder ${folder.path}`);
  });

  test('that cannot start says why in the words of Kafka, or where to look', async () => {
    await using folder = await temporaryDirectory();
    const settings = (ours: BrokerSettings) => ({ ...ours, 'num.network.threads': '0' });
    await expect(startKafkaBroker({ folder: folder.path, settings })).rejects.toThrow(/num\.network\.threads|broker\.log/);
  });

  test('tells when it has ended', async () => {
    await using broker = await startKafkaBroker();
    const { ended } = broker;
    await broker.kill();
    expect(await ended).toMatch(/SIGKILL|ended/);
  });
});
