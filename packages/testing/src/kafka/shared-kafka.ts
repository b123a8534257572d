import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@odst/test-kit';
import { inject } from 'vitest';
import { removeContainer } from './broker-container.ts';
import type { KafkaBroker } from './kafka-broker.ts';
import { startKafkaBroker } from './start-kafka-broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the run's Kafka, which need not run; set by global-setup.ts. */
    readonly odstKafkaFolder: string;
  }
}

type Running = Pick<KafkaBroker, 'brokers' | 'runsAs'>;

const startLimitMs = 240_000;

/**
 * `host:port` of the run's Kafka (integration tests only), started by whoever asks first. Whoever uses it takes a topic
 * prefix of its own.
 */
export async function sharedKafka(): Promise<string> {
  const folder = inject('odstKafkaFolder');
  await mkdir(folder, { recursive: true });
  const isFirst = await open(join(folder, 'starting'), 'wx').then(
    (file) => file.close().then(() => true),
    () => false,
  );
  if (isFirst) await start(folder);
  return eventually(async () => (await running(folder))?.brokers, startLimitMs);
}

async function start(folder: string): Promise<void> {
  const { brokers, runsAs } = await startKafkaBroker({ folder, outlives: true });
  const written = join(folder, 'running.new');
  await writeFile(written, JSON.stringify({ brokers, runsAs } satisfies Running));
  await rename(written, join(folder, 'running'));
}

async function running(folder: string): Promise<Running | undefined> {
  const text = await readFile(join(folder, 'running'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Running);
}

/** Ends the run's Kafka, if there is one; its data go with the run. */
export async function stopSharedKafka(folder: string): Promise<void> {
  const runsAs = (await running(folder))?.runsAs;
  if (runsAs === undefined) return;
  if ('pid' in runsAs) process.kill(runsAs.pid, 'SIGKILL');
  else await removeContainer(runsAs.container);
}
