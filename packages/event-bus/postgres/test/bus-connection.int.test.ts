import type { BusMessage } from '@odst/event-bus';
import { messagesFor } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import { eventually, freePort, type TestDatabase } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createPostgresEventBus, type PostgresEventBus } from '../src/index.ts';
import { createBusDatabase } from './bus-database.ts';

const logger = createSilentLogger();
const producer = { service: 'notes', fence: 1n };
const group = 'readers.all';

let database: TestDatabase;
beforeAll(async () => {
  database = await createBusDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let made = 0;
const aPrefix = (): string => {
  made += 1;
  return `connection${made}`;
};

/** Connections that can be told from others by the name of the application. */
function aPool(name: string, url = database.url): pg.Pool & AsyncDisposable {
  const pool = new pg.Pool({ connectionString: url, application_name: name, max: 3 });
  // What breaks here is broken on purpose.
  pool.on('error', () => undefined);
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() });
}

type Options = { readonly name?: string; readonly url?: string; readonly lookEveryMs?: number };

function aBus(topicPrefix: string, { name = 'a bus', url = database.url, lookEveryMs }: Options = {}): PostgresEventBus {
  const pool = aPool(name, url);
  const bus = createPostgresEventBus({ pool, topicPrefix, logger, ...(lookEveryMs !== undefined && { lookEveryMs }) });
  onTestFinished(async () => {
    await bus[Symbol.asyncDispose]();
    await pool.end();
  });
  return bus;
}

async function receive(bus: PostgresEventBus, handle: (message: BusMessage) => Promise<void> = async () => undefined) {
  const positions: bigint[] = [];
  await bus.subscribe({
    topics: [bus.topicOf('notes')],
    group,
    handler: async (message) => {
      await handle(message);
      positions.push(message.position);
    },
  });
  return positions;
}

const cut = async (name: string): Promise<void> => {
  const { rowCount } = await database.pool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [name],
  );
  expect(rowCount).toBeGreaterThan(0);
};

const storedPosition = async (bus: PostgresEventBus): Promise<number> => {
  const { rows } = await database.pool.query<{ position: string }>(
    'SELECT position FROM bus.consumers WHERE group_name = $1 AND topic = $2',
    [group, bus.topicOf('notes')],
  );
  return Number(rows[0]?.position ?? -1);
};

describe('the connection of the bus', () => {
  test('is not needed to be told of a message: a look now and then finds it', async () => {
    const bus = aBus(aPrefix(), { lookEveryMs: 200 });
    const positions = await receive(bus);
    const [first, second] = messagesFor(bus, ['a', 'b']);
    for (const message of [first, second]) {
      await database.pool.query('SELECT bus.publish($1, 1, ARRAY[$2]::bigint[], ARRAY[$3], ARRAY[$4]::json[])', [
        message?.topic,
        message?.position,
        message?.key,
        JSON.stringify(message?.event),
      ]);
      await eventually(() => positions.at(-1) === message?.position);
    }
  });

  test('tells another process of a message long before it would look', async () => {
    const prefix = aPrefix();
    const bus = aBus(prefix, { name: 'a listener', lookEveryMs: 600_000 });
    const publisher = aBus(prefix, { name: 'a publisher' });
    const atMs: number[] = [];
    await receive(bus, async () => void atMs.push(performance.now()));
    const delaysMs: number[] = [];
    for (let position = 1n; position <= 10n; position += 1n) {
      const startedAtMs = performance.now();
      await publisher.publish(producer, messagesFor(publisher, ['a'], position));
      await eventually(() => BigInt(atMs.length) === position);
      delaysMs.push((atMs.at(-1) ?? 0) - startedAtMs);
    }
    expect(delaysMs.toSorted((a, b) => a - b)[5]).toBeLessThan(5_000);
  });

  test('is made again when it breaks, and nothing is missed', async () => {
    const prefix = aPrefix();
    const bus = aBus(prefix, { name: 'to be cut' });
    const publisher = aBus(prefix);
    const positions = await receive(bus);
    await publisher.publish(producer, messagesFor(publisher, ['a', 'b']));
    await eventually(() => positions.length === 2);
    await cut('to be cut');
    await publisher.publish(producer, messagesFor(publisher, ['a', 'b'], 3n));
    await eventually(() => positions.at(-1) === 4n);
    expect(new Set(positions)).toEqual(new Set([1n, 2n, 3n, 4n]));
  });

  test('lets another process take over at once when it breaks, and writes nothing any more', async () => {
    const prefix = aPrefix();
    const release = Promise.withResolvers<void>();
    const bus = aBus(prefix, { name: 'to be cut' });
    const stuck = await receive(bus, async ({ position }) => (position === 2n ? release.promise : undefined));
    await bus.publish(producer, messagesFor(bus, ['a', 'b']));
    await eventually(async () => stuck.length === 1 && (await storedPosition(bus)) === 1);
    const successor = aBus(prefix);
    const taken = await receive(successor);
    expect(taken).toEqual([]);
    await cut('to be cut');
    await successor.publish(producer, messagesFor(successor, ['a', 'b'], 3n));
    await eventually(async () => taken.length === 3 && (await storedPosition(bus)) === 4);
    expect(taken).toEqual([2n, 3n, 4n]);
    release.resolve();
    await eventually(() => stuck.length === 2);
    await bus[Symbol.asyncDispose]();
    expect(await storedPosition(bus)).toBe(4);
  });

  test('ends with the last subscription', async () => {
    const name = 'to be counted';
    await using pool = aPool(name);
    const bus = createPostgresEventBus({ pool, topicPrefix: aPrefix(), logger });
    const besidesThePool = async (): Promise<number> => {
      const text = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1';
      const { rowCount } = await database.pool.query(text, [name]);
      return (rowCount ?? 0) - pool.totalCount;
    };
    const positions = await receive(bus);
    await bus.publish(producer, messagesFor(bus, ['a']));
    await eventually(async () => positions.length === 1 && (await besidesThePool()) === 2);
    await bus[Symbol.asyncDispose]();
    await eventually(async () => (await besidesThePool()) === 0);
  });
});

describe('a bus', () => {
  test('out of reach says that the service is unavailable', async () => {
    const bus = aBus(aPrefix(), { name: 'nobody', url: `postgres://nobody@127.0.0.1:${await freePort()}/nothing` });
    const refused = { code: 'COMMON_SERVICE_UNAVAILABLE' };
    await expect(bus.publish(producer, messagesFor(bus, ['a']))).rejects.toMatchObject(refused);
    await expect(bus.lastPublished('notes')).rejects.toMatchObject(refused);
    await expect(receive(bus)).rejects.toMatchObject(refused);
  });

  test('serves a role with rights on its schema and no others', async () => {
    const { role, url } = await database.createRole('reader');
    const name = pg.escapeIdentifier(role);
    await database.pool.query(`GRANT USAGE ON SCHEMA bus TO ${name};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bus TO ${name};
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bus TO ${name}`);
    const bus = aBus(aPrefix(), { name: 'a role', url });
    const positions = await receive(bus);
    await bus.publish(producer, messagesFor(bus, ['a', 'b']));
    await eventually(() => positions.length === 2);
  });

  test('refuses a schema that is no plain name', () => {
    expect(() => createPostgresEventBus({ pool: database.pool, logger, schema: 'bus"; drop' })).toThrow('no name of a schema');
  });
});
