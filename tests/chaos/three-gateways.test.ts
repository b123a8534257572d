import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { EventBus } from '@odst/event-bus';
import { createTestDatabase, eventually, freePort, hasKafka, type TestDatabase, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { adminClient } from '../support/admin-client.ts';
import { type FeedEvent, readEventStream } from '../support/event-stream.ts';
import { type FeedBus, kafkaFeedBus, postgresFeedBus } from '../support/feed-bus.ts';
import { nodeProgram, type Program, startProgram } from '../support/program.ts';

const password = 'three-gateways';
const perService = { catalog: 4_000, storage: 4_000, sync: 2_000 } as const;
type Service = keyof typeof perService;
const services = Object.keys(perService) as Service[];

/** Registration, which the gateways ask for rights, and as many gateways as are asked for, each a process of its own. */
async function gatewaysOn(database: TestDatabase, folder: string, { env: busEnv }: FeedBus, stack: AsyncDisposableStack) {
  const grpcPort = await freePort();
  const shared = {
    DATABASE_URL: database.url,
    DATABASE_KEY: randomBytes(32).toString('base64'),
    ODST_INTERNAL_TOKEN: randomBytes(32).toString('base64'),
    ODST_ADMIN_PASSWORD: password,
    ODST_DATA_DIR: folder,
    REGISTRATION_ADDRESS: `127.0.0.1:${grpcPort}`,
  };
  const start = async (name: string, main: string, env: Record<string, string>): Promise<Program> => {
    const health = { ODST_HEALTH_PORT: `${await freePort()}` };
    const logFile = join(folder, `${name}.log`);
    return stack.use(startProgram({ ...nodeProgram(main), env: { ...shared, ...busEnv, ...health, ...env }, logFile }));
  };
  await start('registration', 'services/registration/src/main.js', { ODST_GRPC_PORT: `${grpcPort}` });
  return async (name: string) => {
    const port = await freePort();
    const program = await start(name, 'gateway/src/main.js', { ODST_PORT: `${port}` });
    const admin = adminClient(`http://127.0.0.1:${port}`, password);
    await eventually(async () => (await admin.send('/api/v1/events?limit=1')).ok, 120_000);
    return { program, admin };
  };
}

/** Publishes events of a service, as its relay would. */
async function publish(bus: EventBus, service: Service, first: number, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) => eventOf(service, first + index));
  await bus.publish({ service, fence: 1n }, messages);
}

function eventOf(service: Service, position: number) {
  const key = `${position % 50}`;
  const event = {
    specversion: '1.0',
    id: `${service}-${position}`,
    source: 'urn:odst:server:test',
    type: `org.odst.${service}.Tested.v1`,
    subject: `test-${key}`,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'urn:odst:schema:test',
    sequence: String(position).padStart(20, '0'),
    partitionkey: key,
    actor: 'service:test',
    correlationid: 'test',
    data: { position },
  } as const;
  return { topic: `odst.${service}.v1`, key, position: BigInt(position), event };
}

async function gatewaysNumber10000(openBus: (database: TestDatabase) => Promise<FeedBus>): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDirectory());
  const database = stack.use(await createTestDatabase());
  const feedBus = stack.use(await openBus(database));
  const { bus } = feedBus;
  const startGateway = await gatewaysOn(database, folder.path, feedBus, stack);
  const gateways: (Awaited<ReturnType<typeof startGateway>> & { readonly consumers: readonly string[] })[] = [];
  for (const name of ['a', 'b', 'c']) {
    const gateway = await startGateway(name);
    const others = gateways.flatMap(({ consumers }) => consumers);
    const joined = [...(await feedBus.consumersOf(gateways.length + 1))];
    gateways.push({ ...gateway, consumers: joined.filter((id) => !others.includes(id)) });
  }
  const rest = async (service: Service, from: number) => {
    for (let first = from; first <= perService[service]; first += 100) await publish(bus, service, first, 100);
  };

  const writers = await eventually(async () => {
    const found = await feedBus.writers();
    return found.size > 0 && found;
  });
  const writer = gateways.find(({ consumers }) => consumers.some((id) => writers.has(id)));
  if (writer === undefined) throw new Error('nobody writes the feed');
  const open = async ({ admin }: typeof writer) =>
    stack.use(await readEventStream(`${admin.baseUrl}/api/v1/events`, admin.authorization));
  const [one, other] = gateways.filter((gateway) => gateway !== writer);
  if (one === undefined || other === undefined) throw new Error('there are three gateways');
  const live = [await open(one), await open(other)] as const;

  await Promise.all(services.map((service) => publish(bus, service, 1, 500)));
  await eventually(() => live[0].events.length >= 1_500, 120_000);
  const publishing = Promise.all(services.map((service) => rest(service, 501)));
  await eventually(() => live[0].events.length > 2_500, 120_000);
  await writer.program.kill();
  await publishing;

  const own = Number((await eventually(async () => bus.lastPublished('registration'))).position);
  expect(own).toBeGreaterThan(0);
  const total = 10_000 + own;
  await eventually(() => live.every(({ events }) => events.length >= total), 180_000);
  // A bus may need some seconds to see that it is gone.
  await eventually(async () => {
    const left = await feedBus.writers();
    return left.size > 0 && !writer.consumers.some((id) => left.has(id));
  }, 120_000);

  const paged: FeedEvent[] = [];
  for (let next = '0'; paged.length < total; ) {
    const page = await other.admin.events(next);
    expect(page.items.length).toBeGreaterThan(0);
    paged.push(...(page.items as readonly FeedEvent[]));
    next = page.next;
  }
  expect(await other.admin.events(String(total))).toMatchObject({ items: [] });
  for (const events of [paged, live[0].events, live[1].events]) {
    expect(events.map(({ feedsequence }) => Number(feedsequence))).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(total);
    for (const [service, count] of Object.entries(perService)) {
      const positions = events.filter(({ type }) => type.includes(`.${service}.`)).map(({ sequence }) => Number(sequence));
      expect(positions).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }
  }
}

const kafkaIsHere = await hasKafka();

describe('three gateways number 10,000 events without gap or double, though one that writes is killed in the middle,', () => {
  test('with PostgreSQL as the bus', () => gatewaysNumber10000((database) => postgresFeedBus(database, services)));
  test.skipIf(!kafkaIsHere)('with Kafka as the bus', () => gatewaysNumber10000(() => kafkaFeedBus(services)));
});
