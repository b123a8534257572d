import { join } from 'node:path';
import { createMemoryCheckpoint } from '@odst/event-client';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import type { FeedPage } from '../support/admin-client.ts';
import { dumpDatabase, dumpOwnDatabase, hasPgDump, restoreIntoNewCluster } from '../support/dump.ts';
import { installerFile } from '../support/installer-file.ts';
import { projectionsOf, rebuild } from '../support/projections.ts';
import { readTo } from '../support/read-to.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';
import { expectWholeFeed } from '../support/whole-feed.ts';

type Events = FeedPage['items'];

/** Waits until the feed tells of so many packages that are public, and gives it. */
function feedOf(server: Server, packages: number): Promise<Events> {
  return eventually(async () => {
    const { items } = await server.admin.events();
    return published(items).length >= packages && items;
  }, 60_000);
}

const published = (events: Events) => events.filter(({ type }) => type.includes('.PackagePublished.'));

describe.skipIf(!(await hasPgDump()))('a database dumped while the server works, and restored into a new cluster', () => {
  test('goes on where it was: positions, feeds, consumers and peers; also when more had happened since', async () => {
    await using servers = await twoServers();
    const dump = join(servers.path, 'odst.dump');
    const fileNamed = (name: string) => installerFile(join(servers.path, `${name}.pkg`), 300_000, name);
    const upload = async (server: Server, name: string) => {
      const file = await fileNamed(name);
      expect((await server.admin.upload(file.path, `${name}.pkg`, 'Prod')).status).toBe(201);
      return file;
    };
    const startOn = (databaseUrl: string) =>
      startServerProcess({ ...servers.a, env: { ...servers.a.env, DATABASE_URL: databaseUrl } });

    const { a, b: firstB } = await startFederation(servers);
    const one = await upload(a, 'One');
    await becomesPublic(firstB, 'One.pkg', one.sha256);
    const two = await upload(firstB, 'Two');
    await becomesPublic(a, 'Two.pkg', two.sha256);
    const before = await feedOf(a, 2);
    const checkpoint = createMemoryCheckpoint();
    await readTo(a.url, before.length - 1, { checkpoint });
    expect(await firstB.stop()).toBe(0);
    // The dump is begun while events of this upload are on their way.
    const three = await upload(a, 'Three');
    await dumpDatabase(a.dataDir, dump);
    expect(await a.stop()).toBe(0);

    await using cluster = await restoreIntoNewCluster(dump, join(servers.path, 'cluster'));
    const restored = await startOn(cluster.url);
    await using b = await startServerProcess(servers.b);
    await becomesPublic(restored, 'Three.pkg', three.sha256);
    await becomesPublic(b, 'Three.pkg', three.sha256);
    const four = await upload(b, 'Four');
    await becomesPublic(restored, 'Four.pkg', four.sha256);
    const after = await feedOf(restored, 4);
    expect(after.slice(0, before.length)).toEqual(before);
    expectWholeFeed(after);
    expect(published(after)).toHaveLength(4);
    const numbers = await readTo(restored.url, after.length - 1, { checkpoint });
    expect(numbers).toEqual(after.slice(before.length - 1, -1).map(({ feedsequence }) => Number(feedsequence)));
    for (const { name } of await projectionsOf(restored.admin)) await rebuild(restored.admin, name);
    const moved = join(servers.path, 'moved.dump');
    await dumpOwnDatabase(cluster.url, moved);
    expect(await restored.stop()).toBe(0);

    // Moved on from there, by the dump of a database of one's own.
    await using next = await restoreIntoNewCluster(moved, join(servers.path, 'next'));
    const movedOn = await startOn(next.url);
    expect((await feedOf(movedOn, 4)).slice(0, after.length)).toEqual(after);
    expect(await movedOn.stop()).toBe(0);

    await using another = await restoreIntoNewCluster(dump, join(servers.path, 'another'));
    await using older = await startOn(another.url);
    await expect(readTo(older.url, after.length, { checkpoint })).rejects.toMatchObject({ code: 'EVENTS_FEED_RESET' });
    await becomesPublic(older, 'Four.pkg', four.sha256);
    const five = await upload(older, 'Five');
    await becomesPublic(b, 'Five.pkg', five.sha256);
    expectWholeFeed(await feedOf(older, 5));
  });
});
