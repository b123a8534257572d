import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, openNetwork, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connectionOf, createListener, createNotifier, createPool, type Listener, queryRows } from '../src/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let made = 0;

/** A listener whose connections can be told from others, and what it hears. */
function openListener(url = database.url, connection: { readonly query_timeout?: number } = {}) {
  made += 1;
  const name = `listener ${made}`;
  const listener = createListener({
    connection: { connectionString: url, application_name: name, ...connection },
    logger: createSilentLogger(),
    checkEveryMs: 200,
  });
  onTestFinished(() => listener[Symbol.asyncDispose]());
  const connections = async () => {
    const text = 'select pid from pg_stat_activity where datname = current_database() and application_name = $1';
    return (await queryRows<{ pid: number }>(database.pool, text, [name])).map(({ pid }) => pid);
  };
  return { listener, connections };
}

/** Listens on a channel, and waits until it does. */
async function hear(listener: Listener, channel: string) {
  const heard: (string | undefined)[] = [];
  const listening = listener.listen(channel, (payload) => void heard.push(payload));
  await eventually(() => heard.length > 0);
  return { heard, listening };
}

const tell = (channel: string, payload: string) => database.pool.query('select pg_notify($1, $2)', [channel, payload]);

test('hears each channel for those who listen to it, all over one connection', async () => {
  const { listener, connections } = openListener();
  const a = await hear(listener, 'channel_a');
  const alsoA = await hear(listener, 'channel_a');
  const b = await hear(listener, 'channel "b"');
  await tell('channel_a', 'one');
  await tell('channel "b"', 'two');
  await eventually(() => b.heard.length === 2);
  expect([a.heard, alsoA.heard, b.heard]).toEqual([
    [undefined, 'one'],
    [undefined, 'one'],
    [undefined, 'two'],
  ]);
  expect(await connections()).toHaveLength(1);
});

test('hears nothing of a channel that it left, and connects no more when it left all', async () => {
  const { listener, connections } = openListener();
  const left = await hear(listener, 'channel_left');
  const stays = await hear(listener, 'channel_stays');
  left.listening[Symbol.dispose]();
  await tell('channel_left', 'one');
  await tell('channel_stays', 'two');
  await eventually(() => stays.heard.includes('two'));
  expect(left.heard).toEqual([undefined]);
  stays.listening[Symbol.dispose]();
  await eventually(async () => (await connections()).length === 0);
  const again = await hear(listener, 'channel_left');
  await tell('channel_left', 'three');
  await eventually(() => again.heard.includes('three'));
});

test('says that something may have been missed when its connection was ended, and hears on', async () => {
  const { listener, connections } = openListener();
  const { heard } = await hear(listener, 'channel_cut');
  const [first] = await connections();
  await database.pool.query('select pg_terminate_backend($1)', [first]);
  await eventually(() => heard.length === 2);
  await tell('channel_cut', 'after');
  await eventually(() => heard.includes('after'));
  expect(heard).toEqual([undefined, undefined, 'after']);
});

test('gives a connection up that falls silent, and makes another one', async () => {
  const network = await openNetwork(database.url);
  onTestFinished(() => network[Symbol.asyncDispose]());
  const { listener } = openListener(network.url, { query_timeout: 300 });
  const { heard } = await hear(listener, 'channel_silent');
  const before = heard.length;
  network.fallSilent('standing');
  await eventually(() => heard.length > before);
  await eventually(async () => {
    await tell('channel_silent', 'after');
    return heard.includes('after');
  });
});

test('holds the lock that tells of its presence while its connection stands', async () => {
  const { listener, connections } = openListener();
  const isPresent = async () => {
    const text = 'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free';
    return (await queryRows<{ free: boolean }>(database.pool, text, [listener.presence]))[0]?.free === false;
  };
  const { listening } = await hear(listener, 'channel_present');
  expect(await isPresent()).toBe(true);
  const [first] = await connections();
  await database.pool.query('select pg_terminate_backend($1)', [first]);
  await eventually(async () => (await isPresent()) && !(await connections()).includes(first ?? 0));
  listening[Symbol.dispose]();
  await eventually(async () => !(await isPresent()));
});

test('a notifier tells once for calls that come together, and until it was heard', async () => {
  const { listener } = openListener();
  const { heard } = await hear(listener, 'channel_told');
  const network = await openNetwork(database.url);
  onTestFinished(() => network[Symbol.asyncDispose]());
  const pool = createPool(network.url, {
    applicationName: 'notifier',
    logger: createSilentLogger(),
    queryTimeoutMs: 200,
    max: 1,
  });
  onTestFinished(() => pool.end());
  await using notifier = createNotifier({ pool, channel: 'channel_told', payload: 'news', intervalMs: 20 });
  for (let call = 0; call < 10; call += 1) notifier.notify();
  await eventually(() => heard.includes('news'));
  const before = heard.length;
  network.fallSilent('standing');
  notifier.notify();
  await eventually(() => heard.length > before);
  expect(before).toBeLessThanOrEqual(3);
});

test('connects as a pool does, though that hides its password', () => {
  const pool = createPool('postgres://role:planted@127.0.0.1:9/odst', {
    applicationName: 'a pool',
    logger: createSilentLogger(),
  });
  expect(connectionOf(pool)).toMatchObject({ application_name: 'a pool', connectionString: expect.stringContaining('planted') });
});
