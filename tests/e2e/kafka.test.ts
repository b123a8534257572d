import { join } from 'node:path';
import { eventually, freePort, sharedKafka, temporaryDirectory } from '@odst/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { hasKcat, type ReadRecord, readTopic } from '../support/kcat.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startSeparateServer } from '../support/separate-processes.ts';
import type { Server } from '../support/server-process.ts';
import { startFederation, twoServers } from '../support/two-servers.ts';

type Event = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

const eventOf = ({ value }: ReadRecord): Event => JSON.parse(value) as Event;

/** Waits until the feed has an event of each type, and gives all ids by type. */
function feedHas(server: Server, types: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return eventually(async () => {
    const { items } = await server.admin.events();
    const ids = new Map(items.map((item) => [item.type, (item as unknown as Event).id]));
    for (const type of types) expect([...ids.keys()]).toContain(type);
    return ids;
  }, 60_000);
}

/** Reads a topic that is written on: its partitions are not read at one moment, so that of the last events one may lack those before. */
function wholeTopic(brokers: string, topic: string): Promise<readonly ReadRecord[]> {
  return eventually(async () => {
    const records = await readTopic(brokers, topic);
    const sequences = records.map((record) => Number(eventOf(record)['sequence'])).sort((one, other) => one - other);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    return records;
  }, 60_000);
}

const nginx = await hasNginx();

describe.skipIf(!(await hasKcat()))('a server with Kafka as its bus', () => {
  let brokers: string;
  beforeAll(async () => {
    brokers = await sharedKafka();
  });

  test('publishes keyed CloudEvents that another client reads, with the ids of the HTTP feed', async () => {
    await using options = await twoServers({ a: { env: { KAFKA_BROKERS: brokers } } });
    const { a, b } = await startFederation(options);
    await using _a = a;
    await using _b = b;
    const { iss } = await a.admin.about();
    const file = await installerFile(join(options.path, 'file.pkg'), 3_000_000, 'kafka');
    expect((await a.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
    const wanted = {
      catalog: 'org.odst.catalog.PackageUploaded.v1',
      storage: 'org.odst.storage.ChunkVerified.v1',
      registration: 'org.odst.registration.PeerRegistered.v1',
    };
    const ids = await feedHas(a, Object.values(wanted));

    for (const [service, type] of Object.entries(wanted)) {
      const records = await wholeTopic(brokers, `odst.${service}.v1`);
      const events = records.map(eventOf);
      expect(events.filter((event) => event.type === type).map(({ id }) => id)).toContain(ids.get(type));
      for (const [index, event] of events.entries()) {
        expect(records[index]?.headers['content-type']).toBe('application/cloudevents+json; charset=UTF-8');
        expect(event).toMatchObject({
          specversion: '1.0',
          source: `urn:odst:server:${iss}`,
          partitionkey: records[index]?.key,
          datacontenttype: 'application/json',
        });
        expect(String(event['subject']).endsWith(`-${records[index]?.key}`)).toBe(true);
        expect(new Date(String(event['time'])).toISOString()).toBe(event['time']);
        for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
      }
      const partitionsOfKeys = Map.groupBy(records, ({ key }) => key);
      for (const ofKey of partitionsOfKeys.values()) expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
    }
  });

  test.skipIf(!nginx)('works in separate processes too', async () => {
    await using folder = await temporaryDirectory();
    const env = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: 'separate' };
    await using server = await startSeparateServer({ dataDir: join(folder.path, 'data'), port: await freePort(), env });
    const file = await installerFile(join(folder.path, 'file.pkg'), 100_000, 'separate');
    expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
    const ids = await feedHas(server, ['org.odst.catalog.PackagePublished.v1', 'org.odst.storage.BlobVerified.v1']);
    const published = (await readTopic(brokers, 'separate.catalog.v1')).map(eventOf);
    expect(published.map(({ id }) => id)).toContain(ids.get('org.odst.catalog.PackagePublished.v1'));
  });
});
