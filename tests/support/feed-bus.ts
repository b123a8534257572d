import { createMemoryProgressStore, type EventBus } from '@odst/event-bus';
import { createKafkaEventBus } from '@odst/event-bus-kafka';
import { createPostgresEventBus } from '@odst/event-bus-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, startKafkaBroker, type TestDatabase } from '@odst/testing';
import kafkajs from 'kafkajs';

/** A bus from which gateways write the event feed, as a test publishes to it and sees who consumes. Disposing ends it. */
export type FeedBus = AsyncDisposable & {
  readonly bus: EventBus;
  /** Settings that gateways need for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ids of the consumers, once so many gateways have joined. Those of one gateway are its own. */
  consumersOf(gateways: number): Promise<ReadonlySet<string>>;
  /** Ids of those consumers that have topics of the test's services at this moment. */
  writers(): Promise<ReadonlySet<string>>;
};

const logger = createSilentLogger();
const group = 'gateway.event-feed';

/** PostgreSQL as the bus: who has the lock of a topic consumes it, and the first gateway takes all of them. */
export async function postgresFeedBus(database: TestDatabase, services: readonly string[]): Promise<FeedBus> {
  const bus = createPostgresEventBus({ pool: database.pool, logger });
  const writers = async () => {
    const { rows } = await database.pool.query<{ pid: number }>(
      `SELECT DISTINCT l.pid FROM pg_locks l, unnest($1::text[]) topic
       WHERE l.locktype = 'advisory' AND l.granted
         AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(concat_ws(E'\\n', 'odst.consumer', 'bus', $2::text, topic), 0)`,
      [services.map((service) => bus.topicOf(service)), group],
    );
    return new Set(rows.map(({ pid }) => `${pid}`));
  };
  return {
    bus,
    env: {},
    consumersOf: () => eventually(async () => ((await writers()).size > 0 ? writers() : false), 60_000),
    writers,
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
}

/** A Kafka of its own as the bus: each gateway is a member of the group, and topics are spread over the members. */
export async function kafkaFeedBus(services: readonly string[]): Promise<FeedBus> {
  await using opening = new AsyncDisposableStack();
  const { brokers } = opening.use(await startKafkaBroker());
  const connection = { brokers: [brokers] };
  const options = { connection, progressStore: createMemoryProgressStore(), iss: Promise.resolve('test'), logger };
  const bus = opening.use(createKafkaEventBus(options));
  const admin = new kafkajs.Kafka({ ...connection, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  opening.defer(() => admin.disconnect());

  const members = async () => {
    const named = (await admin.listGroups()).groups.find(({ groupId }) => groupId.endsWith(`.${group}`));
    if (named === undefined) return [];
    const [described] = (await admin.describeGroups([named.groupId])).groups;
    return described?.state === 'Stable' ? described.members : [];
  };
  const hasTopics = ({ memberAssignment }: { readonly memberAssignment: Buffer }): boolean => {
    const { assignment = {} } = kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {};
    return services.some((service) => bus.topicOf(service) in assignment);
  };
  const idsOf = (found: readonly { readonly memberId: string }[]) => new Set(found.map(({ memberId }) => memberId));

  const opened = opening.move();
  return {
    bus,
    env: { KAFKA_BROKERS: brokers },
    consumersOf: (gateways) =>
      eventually(async () => {
        const found = await members();
        return found.length === gateways && idsOf(found);
      }, 60_000),
    writers: async () => idsOf((await members()).filter(hasTopics)),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
