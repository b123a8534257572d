import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, hasKafka, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import type { FeedPage } from '../support/admin-client.ts';
import { dumpDatabase, hasPgDump, restoreIntoNewCluster } from '../support/dump.ts';
import { installerFile } from '../support/installer-file.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type Server, type ServerOptions, spawnServer, startServerProcess } from '../support/server-process.ts';
import { expectWholeFeed } from '../support/whole-feed.ts';

type Events = FeedPage['items'];

/** Events of a new server, and those of each upload. */
const perServer = 2;
const perUpload = 8;

/** What tells apart two events of the feed, wherever they stand in it. */
const named = (events: Events) => events.map(({ id, type }) => [type, id]);
const typesOf = (events: Events) => events.map(({ type }) => type).sort();

/** Uploads a small package. */
async function uploadTo(server: Server, folder: string, name: string): Promise<void> {
  const file = await installerFile(join(folder, `${name}.pkg`), 100_000, name);
  expect((await server.admin.upload(file.path, `${name}.pkg`, 'Prod')).status).toBe(201);
}

/** Waits until the feed tells of so many uploads, all that came of them, and gives it. */
function feedOf(server: Server, uploads: number): Promise<Events> {
  return eventually(async () => {
    const { items } = await server.admin.events();
    return items.length >= perServer + uploads * perUpload && items;
  }, 60_000);
}

/** Starts a server that is to find a topic whose events are not its own, and holds the end of it to what it says. */
async function isRefused(options: ServerOptions, topic: string): Promise<void> {
  const refused = await spawnServer(options);
  expect(await refused.exited).toBe(1);
  const reason = `The server cannot start: KAFKA_TOPIC_PREFIX: the topic ${topic} has events that are not in this server's database`;
  expect(
    refused
      .log()
      .split('\n')
      .filter((line) => line.startsWith(reason)),
  ).toHaveLength(1);
}

const [kafka, pgDump] = [await hasKafka(), await hasPgDump()];

describe.skipIf(!kafka)('a server on Kafka', () => {
  test('whose database is older than its topics does not start, and begins anew under another prefix', async () => {
    await using folder = await temporaryDirectory();
    await using broker = await startKafkaBroker();
    const env = { KAFKA_BROKERS: broker.brokers };
    const options = { dataDir: join(folder.path, 'data'), port: await freePort(), env };
    const backup = join(folder.path, 'backup');
    const upload = (server: Server, name: string) => uploadTo(server, folder.path, name);

    const first = await startServerProcess(options);
    await upload(first, 'One');
    const shown = await feedOf(first, 1);
    expect(await first.stop()).toBe(0);
    await cp(options.dataDir, backup, { recursive: true });
    const second = await startServerProcess(options);
    await upload(second, 'Two');
    const lost = await feedOf(second, 2);
    expect(await second.stop()).toBe(0);
    await rm(options.dataDir, { recursive: true });
    await cp(backup, options.dataDir, { recursive: true });

    // Services open in the order of their needs: of those that have more in their topics, storage is the first.
    await isRefused(options, 'odst.storage.v1');
    // Nor does another server that was told to use the same topics.
    await isRefused({ ...options, dataDir: join(folder.path, 'another') }, 'odst.registration.v1');

    await using restored = await startServerProcess({ ...options, env: { ...env, KAFKA_TOPIC_PREFIX: 'odst-2' } });
    await upload(restored, 'Three');
    const after = await feedOf(restored, 2);
    expect(named(after.slice(0, shown.length))).toEqual(named(shown));
    expectWholeFeed(after);
    // Had a reaction come twice, there were more of them.
    expect(typesOf(after.slice(shown.length))).toEqual(typesOf(lost.slice(shown.length)));
  });

  test.skipIf(!pgDump)(
    'restored to a moment at which some events were not yet in the feed shows them, though Kafka counts them as read',
    async () => {
      await using folder = await temporaryDirectory();
      await using broker = await startKafkaBroker();
      const env = { KAFKA_BROKERS: broker.brokers };
      const options = { dataDir: join(folder.path, 'data'), port: await freePort(), env };
      const dump = join(folder.path, 'odst.dump');
      const upload = (server: Server, name: string) => uploadTo(server, folder.path, name);

      const server = await startServerProcess(options);
      await upload(server, 'One');
      const before = await feedOf(server, 1);
      await onServerDatabase(options.dataDir, async (client) => {
        const isStored = async (schema: string, type: string): Promise<boolean> => {
          const text = `select count(*)::int as count from ${schema}.events where type = $1`;
          return (await client.query<{ count: number }>(text, [type])).rows[0]?.count === 3;
        };
        // Everything goes on but the feed.
        await client.query('begin; lock table gateway.event_feed in exclusive mode');
        for (const name of ['Two', 'Three']) await upload(server, name);
        await eventually(
          async () => (await isStored('storage', 'UploadAccepted')) && (await isStored('catalog', 'PackagePublished')),
          20_000,
        );
        expect((await server.admin.events()).items).toEqual(before);
        await dumpDatabase(options.dataDir, dump);
        await client.query('commit');
      });
      const whole = await feedOf(server, 3);
      expect(await server.stop()).toBe(0);

      await using cluster = await restoreIntoNewCluster(dump, join(folder.path, 'cluster'));
      await using restored = await startServerProcess({ ...options, env: { ...env, DATABASE_URL: cluster.url } });
      const shown = await feedOf(restored, 3);
      expect(named(shown).sort()).toEqual(named(whole).sort());
      await upload(restored, 'Four');
      const after = await feedOf(restored, 4);
      expectWholeFeed(after);
      expect(after).toHaveLength(whole.length + perUpload);
    },
  );
});
