import { requirement } from '../requirement.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type BrokerProcessOptions, startBrokerProcess } from './broker-process.ts';
import type { KafkaBroker } from './kafka-broker.ts';
import { kafkaJars } from './kafka-jars.ts';

/** Of {@link startKafkaBroker}. */
export type KafkaBrokerOptions = Partial<Omit<BrokerProcessOptions, 'libs'>>;

/** Whether this machine can run a real Kafka, for `describe.skipIf(!(await hasKafka()))`; named `kafka` in ODST_REQUIRE. */
export function hasKafka(): Promise<boolean> {
  return requirement('kafka', async () => (await kafkaJars()) !== undefined);
}

/**
 * Starts a real Kafka broker of its own; for tests that kill it or need settings of their own. Others share one:
 * `sharedKafka`.
 * @param options.folder where it keeps its data. Default: a temporary one, removed with the broker
 */
export async function startKafkaBroker(options: KafkaBrokerOptions = {}): Promise<KafkaBroker & { readonly pid: number }> {
  const libs = await kafkaJars();
  if (libs === undefined) throw new Error('this machine lacks Kafka; ask hasKafka() first');
  await using stack = new AsyncDisposableStack();
  const folder = options.folder ?? stack.use(await temporaryDirectory()).path;
  const broker = stack.use(await startBrokerProcess({ ...options, libs, folder }));
  const started = stack.move();
  return {
    brokers: broker.brokers,
    get pid() {
      return broker.pid;
    },
    kill: broker.kill,
    restart: broker.restart,
    freeze: broker.freeze,
    thaw: broker.thaw,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
