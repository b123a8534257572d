import { openBackbone } from '@odst/backbone';
import { aggregateIdOf, toCloudEvent } from '@odst/event-bus';
import { createSilentLogger } from '@odst/telemetry';
import { onServerDatabase, serverDatabase } from './server-database.ts';
import type { ServerProcess } from './server-process.ts';

/** The services whose events are published, each on a topic of its own. */
export const publishers = ['registration', 'catalog', 'storage', 'sync'] as const;

/** One of them. */
export type Publisher = (typeof publishers)[number];

/** Which topic gets its next events, of those that have some waiting, and how many at most. */
export type Choose = (waiting: readonly Publisher[]) => { readonly from: Publisher; readonly most: number };

/** The topics of a server, whose events come when the test says so. Disposing closes the connections. */
export interface HeldTopics extends AsyncDisposable {
  /** Publishes some of what waits; false when nothing does. */
  publish(choose: Choose): Promise<boolean>;
  /** Whether every event is published, and every consumer done with it. */
  isQuiet(): Promise<boolean>;
}

const logger = createSilentLogger();
const clock = { now: () => new Date() };

/**
 * Takes the place of the relays of a running standalone server, by their leases and with higher fencing numbers: from now on
 * its bus refuses what they would publish.
 */
export async function holdTopics(server: ServerProcess): Promise<HeldTopics> {
  await using stack = new AsyncDisposableStack();
  const { iss } = await server.admin.about();
  const { host, port, user, database } = await serverDatabase(server.dataDir);
  const databaseUrl = `postgres://${user}@${encodeURIComponent(host)}:${port}/${database}?sslmode=disable`;
  const open = async (service: Publisher) => {
    const { store, bus } = stack.use(await openBackbone({ databaseUrl, service, clock, logger }));
    const fence = await takeOver(server.dataDir, service, bus.topicOf(service));
    const unpublished = async (most: number) => store.readAll((await bus.lastPublished(service)).position, most);
    return {
      waits: async () => (await unpublished(1)).length > 0,
      async publish(most: number): Promise<void> {
        const messages = (await unpublished(most)).map((event) => ({
          topic: bus.topicOf(service),
          key: aggregateIdOf(event.stream),
          position: event.position,
          event: toCloudEvent({ service, iss }, event),
        }));
        await bus.publish({ service, fence }, messages);
      },
    };
  };
  const topics = new Map<Publisher, Awaited<ReturnType<typeof open>>>();
  for (const service of publishers) topics.set(service, await open(service));
  const opened = stack.move();

  const waiting = async (): Promise<readonly Publisher[]> => {
    const found: Publisher[] = [];
    for (const [service, topic] of topics) if (await topic.waits()) found.push(service);
    return found;
  };
  return {
    async publish(choose) {
      const found = await waiting();
      if (found.length === 0) return false;
      const { from, most } = choose(found);
      await topics.get(from)?.publish(most);
      return true;
    },
    isQuiet: async () => (await waiting()).length === 0 && (await consumersAreDone(server.dataDir)),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Takes the lease of a relay away for longer than any test, and has the bus know of it. @returns the fencing number */
function takeOver(dataDir: string, service: Publisher, topic: string): Promise<bigint> {
  return onServerDatabase(dataDir, async (client) => {
    const taken = await client.query<{ fence: string }>(
      `UPDATE ${service}.leases SET fence = fence + 1, expires_at = now() + interval '1 day' WHERE name = 'relay' RETURNING fence`,
    );
    const fence = taken.rows[0]?.fence;
    if (fence === undefined) throw new Error(`the relay of ${service} never ran`);
    await client.query(`SELECT bus.publish($1, $2, '{}', '{}', '{}')`, [topic, fence]);
    return BigInt(fence);
  });
}

function consumersAreDone(dataDir: string): Promise<boolean> {
  return onServerDatabase(dataDir, async (client) => {
    const { rows } = await client.query<{ done: boolean }>(
      `SELECT bool_and(c.waiting = '{}' AND c.position = (SELECT max(position) FROM bus.messages m WHERE m.topic = c.topic)) AS done
        FROM bus.consumers c JOIN bus.producers p USING (topic)`,
    );
    return rows[0]?.done === true;
  });
}
