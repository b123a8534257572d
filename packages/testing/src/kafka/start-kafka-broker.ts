import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { takeDirectoryLock } from '@odst/embedded-postgres';
import { decorated, isOdstError } from '@odst/kernel';
import { requirement, temporaryDirectory } from '@odst/test-kit';
import { containersRun, startBrokerContainer } from './broker-container.ts';
import { startBrokerProcess } from './broker-process.ts';
import type { KafkaBroker } from './kafka-broker.ts';
import { kafkaJars } from './kafka-jars.ts';
import type { BrokerOptions } from './prepare-broker.ts';

/** Of {@link startKafkaBroker}. */
export type KafkaBrokerOptions = Partial<BrokerOptions>;

/** How a broker is started here; undefined where none can be. */
type Start = (options: BrokerOptions) => Promise<KafkaBroker>;

/** A process of this machine, where there is Java; a container elsewhere, and where ODST_TEST_KAFKA=docker wants one. */
async function findStart(): Promise<Start | undefined> {
  const libs = process.env['ODST_TEST_KAFKA'] === 'docker' ? undefined : await kafkaJars();
  if (libs !== undefined) return (options) => startBrokerProcess(libs, options);
  return (await containersRun()) ? startBrokerContainer : undefined;
}

/** Whether this machine can run a real Kafka, for `describe.skipIf(!(await hasKafka()))`; named `kafka` in ODST_REQUIRE. */
export function hasKafka(): Promise<boolean> {
  return requirement('kafka', async () => (await findStart()) !== undefined);
}

/** A second broker writes into the folder before it finds that it may not, and then the first one cannot stop. */
async function takeFolder(folder: string): Promise<Disposable> {
  await mkdir(folder, { recursive: true });
  try {
    return takeDirectoryLock(join(folder, 'lock'), folder);
  } catch (error) {
    if (!isOdstError(error, 'COMMON_DATA_DIR_IN_USE')) throw error;
    throw new Error(`another broker runs in the folder ${folder}`, { cause: error });
  }
}

/**
 * Starts a real Kafka broker of its own; for tests that kill it or need settings of their own. Others share one:
 * `sharedKafka`.
 * @param options.folder where it keeps its data. Default: a temporary one, removed with the broker
 */
export async function startKafkaBroker(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
  const start = await findStart();
  if (start === undefined) throw new Error('this machine lacks Kafka; ask hasKafka() first');
  await using stack = new AsyncDisposableStack();
  const folder = options.folder ?? stack.use(await temporaryDirectory()).path;
  // A broker that outlives this process would leave the lock behind.
  if (options.outlives !== true) stack.use(await takeFolder(folder));
  const broker = stack.use(await start({ ...options, folder }));
  const started = stack.move();
  return decorated(broker, { [Symbol.asyncDispose]: () => started.disposeAsync() });
}
