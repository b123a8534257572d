import { tmpdir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { KafkaBroker } from './kafka-broker.ts';
import { type BrokerOptions, javaArguments, prepareBroker, untilItAccepts } from './prepare-broker.ts';

/** Of the version that deploy/kafka/pom.xml names. */
const image = 'apache/kafka:4.2.0';
const libsOfImage = '/opt/kafka/libs';

/** Loaded when it is asked for: few tests need Kafka, and fewer on machines without Java. */
const testcontainers = () => import('testcontainers');

/** Whether containers can be run here that share the network of this machine, as those of Linux can. */
export async function containersRun(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { getContainerRuntimeClient } = await testcontainers();
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/**
 * Starts Apache Kafka in a container, with the same settings, folders, ports and user as `startBrokerProcess` has, and waits
 * until it takes connections.
 */
export async function startBrokerContainer(options: BrokerOptions): Promise<KafkaBroker> {
  const folder = resolve(options.folder);
  const { port, format, serve } = await prepareBroker({ ...options, folder });
  const { GenericContainer, Wait, getContainerRuntimeClient } = await testcontainers();
  const { uid, gid } = userInfo();
  const mounts = [...new Set([folder, tmpdir()])].map((path) => ({ source: path, target: path }));
  const containerOf = (args: readonly string[]) =>
    new GenericContainer(image)
      .withEntrypoint(['java'])
      .withCommand([...javaArguments(libsOfImage), ...args])
      .withNetworkMode('host')
      .withUser(`${uid}:${gid}`)
      .withBindMounts(mounts)
      .withAutoCleanup(options.outlives !== true);
  if (format !== undefined) {
    const formatted = await containerOf(format).withWaitStrategy(Wait.forOneShotStartup()).start();
    await formatted.stop();
  }
  const started = await containerOf(serve).start();
  const runtime = await getContainerRuntimeClient();
  const container = runtime.container.getById(started.getId());
  await untilItAccepts(port);
  return {
    brokers: `127.0.0.1:${port}`,
    runsAs: { container: started.getId() },
    get ended() {
      return container.wait().then(() => 'its container has ended');
    },
    async kill() {
      await container.kill();
      await container.wait();
    },
    async restart() {
      await container.start();
      await untilItAccepts(port);
    },
    freeze: async () => void (await container.pause()),
    thaw: async () => void (await container.unpause()),
    [Symbol.asyncDispose]: () => removeContainer(started.getId()),
  };
}

/** Ends a container, whatever it does. */
export async function removeContainer(id: string): Promise<void> {
  const { getContainerRuntimeClient } = await testcontainers();
  await (await getContainerRuntimeClient()).container.getById(id).remove({ force: true });
}
