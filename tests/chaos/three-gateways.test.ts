import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createPostgresEventBus } from '@odst/event-bus-postgres';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, freePort, type TestDatabase, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { adminClient } from '../support/admin-client.ts';
import { type FeedEvent, readEventStream } from '../support/event-stream.ts';
import { nodeProgram, type Program, startProgram } from '../support/program.ts';

const password = 'three-gateways';
const perService = { catalog: 4_000, storage: 4_000, sync: 2_000 } as const;
type Service = keyof typeof perService;

/** Registration, which the gateways ask for rights, and as many gateways as are asked for, each a process of its own. */
async function gatewaysOn(database: TestDatabase, folder: string, stack: AsyncDisposableStack) {
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
    return stack.use(startProgram({ ...nodeProgram(main), env: { ...shared, ...health, ...env }, logFile }));
  };
  await start('registration', 'services/registration/src/main.ts', { ODST_GRPC_PORT: `${grpcPort}` });
  return async (name: string) => {
    const port = await freePort();
    const program = await start(name, 'gateway/src/main.ts', { ODST_PORT: `${port}` });
    const admin = adminClient(`http://127.0.0.1:${port}`, password);
    await eventually(async () => (await admin.send('/api/v1/events?limit=1')).ok, 30_000);
    return { program, admin };
  };
}

/** Backends that write the feed, one for each topic. */
async function writersOf(database: TestDatabase): Promise<ReadonlySet<number>> {
  const { rows } = await database.pool.query<{ pid: number }>(
    `SELECT DISTINCT l.pid FROM pg_locks l, unnest($1::text[]) service
     WHERE l.locktype = 'advisory' AND l.granted
       AND (l.classid::bigint << 32) | l.objid::bigint
         = hashtextextended(concat_ws(E'\\n', 'bus', 'gateway.event-feed', 'odst.' || service || '.v1'), 20037)`,
    [Object.keys(perService)],
  );
  return new Set(rows.map(({ pid }) => pid));
}

/** Publishes events of three services, as their relays would. */
function publisherOn(database: TestDatabase) {
  const bus = createPostgresEventBus({ pool: database.pool, logger: createSilentLogger() });
  return {
    async publish(service: Service, first: number, count: number): Promise<void> {
      const messages = Array.from({ length: count }, (_, index) => eventOf(service, first + index));
      await bus.publish({ service, fence: 1n }, messages);
    },
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  };
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

test('three gateways number 10,000 events without gap or double, though the writer is killed in the middle', {
  timeout: 180_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryDirectory());
  const database = stack.use(await createTestDatabase());
  const startGateway = await gatewaysOn(database, folder.path, stack);
  const [a, b, c] = [await startGateway('a'), await startGateway('b'), await startGateway('c')];
  const publisher = stack.use(publisherOn(database));
  const open = async ({ admin }: typeof b) =>
    stack.use(await readEventStream(`${admin.baseUrl}/api/v1/events`, admin.authorization));
  const live = [await open(b), await open(c)] as const;
  const rest = async (service: Service, from: number) => {
    for (let first = from; first <= perService[service]; first += 100) await publisher.publish(service, first, 100);
  };

  await Promise.all((Object.keys(perService) as Service[]).map((service) => publisher.publish(service, 1, 500)));
  await eventually(() => live[0].events.length >= 1_500, 20_000);
  const writersBefore = await eventually(async () => {
    const writers = await writersOf(database);
    return writers.size > 0 && writers;
  });
  const publishing = Promise.all((Object.keys(perService) as Service[]).map((service) => rest(service, 501)));
  await eventually(() => live[0].events.length > 2_500, 20_000);
  // The first gateway had all topics to itself when it started, so it writes them all.
  await a.program.kill();
  await publishing;

  const own = await eventually(async () => {
    const { rows } = await database.pool.query<{ last: string }>(`SELECT position AS last FROM bus.producers
      WHERE topic = 'odst.registration.v1'`);
    return rows[0] !== undefined && Number(rows[0].last);
  }, 20_000);
  const total = 10_000 + own;
  await eventually(() => live.every(({ events }) => events.length >= total), 30_000);
  const writersAfter = await writersOf(database);
  expect([...writersAfter].filter((pid) => writersBefore.has(pid))).toEqual([]);

  const paged: FeedEvent[] = [];
  for (let next = '0'; paged.length < total; ) {
    const page = await c.admin.events(next);
    expect(page.items.length).toBeGreaterThan(0);
    paged.push(...(page.items as readonly FeedEvent[]));
    next = page.next;
  }
  expect(await c.admin.events(String(total))).toMatchObject({ items: [] });
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
});
