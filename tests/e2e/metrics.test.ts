import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { metricRegister } from '@odst/telemetry';
import { eventually, freePort, hasKafka, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { adminClient } from '../support/admin-client.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasNginx, startPlainProxy } from '../support/reverse-proxy.ts';
import { serviceNames, startSeparateServer } from '../support/separate-processes.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';

const sizeBytes = 100_000;

/** The values on a page, by name and labels. */
async function metricsAt(url: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${url}/metrics`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

test('a standalone server tells all of its services on one page', async () => {
  await using folder = await temporaryDirectory();
  await using server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
  const page = await (await fetch(`${server.url}/metrics`)).text();
  const shown = [...page.matchAll(/^# TYPE (\S+) \S+$/gm)].map(([, name]) => name);
  expect(shown.toSorted()).toEqual(Object.keys(metricRegister).toSorted());

  const file = await installerFile(join(folder.path, 'file.pkg'), sizeBytes, 'metrics');
  expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
  expect((await (await server.admin.download('File.pkg')).arrayBuffer()).byteLength).toBe(sizeBytes);
  const metrics = await metricsAt(server.url);
  expect(metrics.get('odst_upload_bytes_total')).toBe(sizeBytes);
  for (const service of serviceNames)
    expect([service, metrics.get(`odst_dead_letters{service="${service}"}`)]).toEqual([service, 0]);
  await eventually(async () => {
    const later = await metricsAt(server.url);
    const count = 'odst_http_request_duration_seconds_count';
    // A request is measured when its answer has ended, so a client may be faster.
    const requests = [
      later.get(`${count}{method="POST",route="/api/admin/upload",status="2xx"}`),
      later.get(`${count}{method="GET",route="/share/*",status="2xx"}`),
    ];
    const relays = ['registration', 'catalog', 'storage', 'sync'].map((service) =>
      later.get(`odst_relay_oldest_age_seconds{service="${service}"}`),
    );
    const models = ['servers', 'accounts', 'packages'].map((name) =>
      later.get(`odst_projection_lag_events{projection="${name}"}`),
    );
    return requests.every((value) => value === 1) && [...relays, ...models].every((value) => value === 0);
  }, 60_000);
});

/** How old the oldest event is that each consumer is not done with, by consumer and topic. */
async function consumerAges({ url }: Server): Promise<ReadonlyMap<string, number>> {
  const ages = new Map<string, number>();
  for (const [sample, value] of await metricsAt(url)) {
    const [, consumer, topic] =
      /^odst_consumer_oldest_age_seconds\{.*consumer="(.*)",topic="odst\.(.*)\.v1"\}$/.exec(sample) ?? [];
    if (consumer !== undefined) ages.set(`${consumer} ${topic}`, value);
  }
  return ages;
}

const allConsumers = [
  'catalog.blobs storage',
  'catalog.settings registration',
  ...['registration', 'catalog', 'storage', 'sync'].map((service) => `gateway.event-feed ${service}`),
  'registration.profile registration',
  'sync.blobs storage',
  'sync.feed catalog',
  'sync.servers registration',
];

const buses = ['PostgreSQL', ...((await hasKafka()) ? ['Kafka'] : [])];

describe.each(buses)('a consumer on %s', (bus) => {
  test('that stands still is seen, alone, also while the bus is away', async () => {
    await using folder = await temporaryDirectory();
    await using broker = bus === 'Kafka' ? await startKafkaBroker() : undefined;
    const env = broker === undefined ? {} : { KAFKA_BROKERS: broker.brokers };
    await using server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort(), env });
    const upload = async (name: string) => {
      const file = await installerFile(join(folder.path, name), sizeBytes, name);
      expect((await server.admin.upload(file.path, name, 'Prod')).status).toBe(201);
    };
    const alter = (change: string) =>
      onServerDatabase(server.dataDir, (client) => client.query(`ALTER TABLE gateway.event_feed ${change}`));
    const feedAge = async () => (await consumerAges(server)).get('gateway.event-feed catalog') ?? Number.NaN;
    await upload('First.pkg');
    await eventually(async () => {
      const relays = [...(await metricsAt(server.url))].filter(([sample]) => sample.startsWith('odst_relay_oldest_age_seconds'));
      return relays.length === 4 && relays.every(([, age]) => age === 0);
    }, 60_000);
    await eventually(async () => {
      const ages = await consumerAges(server);
      expect([...ages.keys()].toSorted()).toEqual(allConsumers.toSorted());
      return [...ages.values()].every((age) => age === 0);
    }, 60_000);

    await alter('ADD CONSTRAINT planted CHECK (false) NOT VALID');
    await upload('Second.pkg');
    await eventually(async () => (await feedAge()) > 4, 60_000);
    await eventually(async () => {
      const behind = [...(await consumerAges(server))].filter(([, age]) => age > 0).map(([consumer]) => consumer);
      return behind.toSorted().join() === 'gateway.event-feed catalog,gateway.event-feed storage';
    }, 60_000);
    // It is told after some tries, and once.
    await eventually(() => {
      const told = server
        .log()
        .split('\n')
        .filter((line) => line.includes('a batch of messages failed and comes again; the consumer') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as { readonly topic: string; readonly level: string });
      expect(told.map(({ topic }) => topic).toSorted()).toEqual(['odst.catalog.v1', 'odst.storage.v1']);
      expect(told.map(({ level }) => level)).toEqual(['error', 'error']);
      return true;
    }, 60_000);

    await broker?.kill();
    const before = await feedAge();
    await eventually(async () => (await feedAge()) > before + 1, 60_000);
    await broker?.restart();
    await alter('DROP CONSTRAINT planted');
    await eventually(async () => [...(await consumerAges(server)).values()].every((age) => age === 0), 60_000);
  });
});

test('the alerts of the guide miss each service that tells of its dead letters', async () => {
  const guide = await readFile(new URL('../../docs/guides/dead-letters.md', import.meta.url), 'utf8');
  const missed = [...guide.matchAll(/absent\(odst_dead_letters\{service="(\w+)"\}\)/g)].map(([, service]) => service);
  expect(missed.toSorted()).toEqual(serviceNames.toSorted());
});

test.skipIf(!(await hasNginx()))('behind a proxy that tells of no client, metrics are for accounts', async () => {
  await using folder = await temporaryDirectory();
  const port = await freePort();
  await using server = await startServerProcess({
    dataDir: join(folder.path, 'data'),
    port,
    env: { ODST_PUBLIC_URL: 'https://ods.example.org', ODST_ADMIN_PASSWORD: 'behind-a-proxy' },
  });
  const proxyPort = await freePort();
  await using _proxy = await startPlainProxy({ folder: join(folder.path, 'nginx'), port: proxyPort, serverPort: port });
  const proxied = `http://127.0.0.1:${proxyPort}`;
  await eventually(async () => (await fetch(`${proxied}/healthz`)).ok);
  for (const url of [proxied, server.url]) expect([url, (await fetch(`${url}/metrics`)).status]).toEqual([url, 401]);
  const page = await adminClient(proxied, 'behind-a-proxy').send('/metrics');
  expect(await page.text()).toContain('odst_dead_letters{service="gateway"} 0');
});

describe.skipIf(!(await hasNginx()))('services in processes of their own', () => {
  test('each tell their own on the health port; through the proxy the gateway asks for a login', async () => {
    await using folder = await temporaryDirectory();
    await using server = await startSeparateServer({ dataDir: join(folder.path, 'data'), port: await freePort() });
    const file = await installerFile(join(folder.path, 'file.pkg'), sizeBytes, 'metrics');
    expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
    for (const service of serviceNames) {
      await eventually(async () => {
        const metrics = await metricsAt(server.healthUrlOf(service));
        const letters = [...metrics.keys()].filter((key) => key.startsWith('odst_dead_letters'));
        expect(letters).toEqual([`odst_dead_letters{service="${service}"}`]);
        expect(metrics.get('odst_upload_bytes_total')).toBe(service === 'storage' ? sizeBytes : 0);
        return true;
      });
    }
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    expect(await (await server.admin.send('/metrics')).text()).toContain('odst_dead_letters{service="gateway"} 0');
  });
});
