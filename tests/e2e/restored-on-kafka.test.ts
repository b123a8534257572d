import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, hasKafka, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import type { FeedPage } from '../support/admin-client.ts';
import { installerFile } from '../support/installer-file.ts';
import { type Server, type ServerOptions, spawnServer, startServerProcess } from '../support/server-process.ts';
import { expectWholeFeed } from '../support/whole-feed.ts';

type Events = FeedPage['items'];

/** What tells apart two events of the feed, wherever they stand in it. */
const named = (events: Events) => events.map(({ id, type }) => [type, id]);
const typesOf = (events: Events) => events.map(({ type }) => type).sort();

/** Uploads a small package, and gives the feed once that tells of all that came of it. */
async function uploadTo(server: Server, folder: string, name: string): Promise<Events> {
  const before = (await server.admin.events()).items;
  const file = await installerFile(join(folder, `${name}.pkg`), 100_000, name);
  expect((await server.admin.upload(file.path, `${name}.pkg`, 'Prod')).status).toBe(201);
  return eventually(async () => {
    const { items } = await server.admin.events();
    const types = typesOf(items.slice(before.length));
    return ['catalog.PackagePublished', 'storage.UploadAccepted'].every((type) => types.includes(`org.odst.${type}.v1`)) && items;
  }, 20_000);
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

describe.skipIf(!(await hasKafka()))('a server on Kafka', () => {
  test('whose database is older than its topics does not start, and begins anew under another prefix', {
    timeout: 240_000,
  }, async () => {
    await using folder = await temporaryDirectory();
    await using broker = await startKafkaBroker();
    const env = { KAFKA_BROKERS: broker.brokers };
    const options = { dataDir: join(folder.path, 'data'), port: await freePort(), env };
    const backup = join(folder.path, 'backup');
    const upload = (server: Server, name: string) => uploadTo(server, folder.path, name);

    const first = await startServerProcess(options);
    const shown = await upload(first, 'One');
    expect(await first.stop()).toBe(0);
    await cp(options.dataDir, backup, { recursive: true });
    const second = await startServerProcess(options);
    const lost = await upload(second, 'Two');
    expect(await second.stop()).toBe(0);
    await rm(options.dataDir, { recursive: true });
    await cp(backup, options.dataDir, { recursive: true });

    await isRefused(options, 'odst.catalog.v1');
    // Nor does another server that was told to use the same topics.
    await isRefused({ ...options, dataDir: join(folder.path, 'another') }, 'odst.registration.v1');

    await using restored = await startServerProcess({ ...options, env: { ...env, KAFKA_TOPIC_PREFIX: 'odst-2' } });
    const after = await upload(restored, 'Three');
    expect(named(after.slice(0, shown.length))).toEqual(named(shown));
    expectWholeFeed(after);
    // Had a reaction come twice, there were more of them.
    expect(typesOf(after.slice(shown.length))).toEqual(typesOf(lost.slice(shown.length)));
  });
});
