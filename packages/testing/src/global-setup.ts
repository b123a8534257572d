import { join } from 'node:path';
import { startEmbeddedPostgres } from '@odst/embedded-postgres';
import { createLogger } from '@odst/telemetry';
import { temporaryDirectory } from '@odst/test-kit';
import type { TestProject } from 'vitest/node';
import { copyCluster, makeClusterTemplate } from './cluster-template.ts';
import { stopSharedKafka } from './kafka/shared-kafka.ts';

/**
 * Vitest's global set-up of the integration tests: one PostgreSQL for the whole run, in a temporary folder, a cluster that the servers
 * of tests begin with, and the folder of the run's Kafka, which is started by the first test file that asks for it.
 * It runs without fsync, as nothing of it outlives the run; tests of durability start their own.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryDirectory();
  const logger = createLogger({ name: 'test-postgres', level: 'warn', destination: 'stderr' });
  const [template, dataDir] = [join(folder.path, 'cluster'), join(folder.path, 'postgres')];
  await makeClusterTemplate(template, logger);
  project.provide('odstClusterTemplate', template);
  await copyCluster(template, dataDir);
  const postgres = await startEmbeddedPostgres({
    dataDir,
    logger,
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  project.provide('odstPostgresUrl', postgres.url('postgres'));
  const kafkaFolder = join(folder.path, 'kafka');
  project.provide('odstKafkaFolder', kafkaFolder);
  return async () => {
    await stopSharedKafka(kafkaFolder);
    await postgres[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
}
