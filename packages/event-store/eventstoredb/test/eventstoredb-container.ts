import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';

/** EventStoreDB's last long-term version under a BSD licence. */
const image = 'eventstore/eventstore:23.10.1-bookworm-slim';

const port = 2113;

/** Whether containers can be run here. */
export async function containersRun(): Promise<boolean> {
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

/** A running EventStoreDB of one node, without TLS and users. */
export type EventStoreDbContainer = AsyncDisposable & { readonly url: string };

/** Starts EventStoreDB in a container. @param maxAppendBytes its setting MaxAppendSize */
export async function startEventStoreDb(maxAppendBytes: number): Promise<EventStoreDbContainer> {
  const container = await new GenericContainer(image)
    .withEnvironment({
      EVENTSTORE_INSECURE: 'true',
      EVENTSTORE_MEM_DB: 'true',
      EVENTSTORE_MAX_APPEND_SIZE: String(maxAppendBytes),
      EVENTSTORE_TELEMETRY_OPTOUT: 'true',
    })
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forHttp('/health/live', port).forStatusCode(204))
    .start();
  return {
    url: `esdb://${container.getHost()}:${container.getMappedPort(port)}?tls=false`,
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  };
}
