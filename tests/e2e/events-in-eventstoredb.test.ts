import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type StandIn, startStandIn } from '@odst/event-store-eventstoredb/stand-in';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { spawnServer, startServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn[Symbol.asyncDispose]());

const megabyte = 1_048_576;
const services = ['registration', 'catalog', 'storage', 'sync'] as const;

const settings = (prefix: string) => ({ EVENTSTORE_URL: standIn.url, EVENTSTORE_STREAM_PREFIX: prefix });

/** Number of events that a server has in PostgreSQL. */
const eventsInPostgres = (dataDir: string): Promise<number> =>
  onServerDatabase(dataDir, async (client) => {
    const counts = services.map((service) => `(SELECT count(*)::integer FROM ${service}.events)`);
    const { rows } = await client.query<{ sum: number }>(`SELECT ${counts.join(' + ')} AS sum`);
    return rows[0]?.sum ?? Number.NaN;
  });

describe('with the events in a stand-in for EventStoreDB, not in EventStoreDB itself', () => {
  test('two servers share it, exchange packages, and get over kill -9', async () => {
    const password = `planted-${randomBytes(12).toString('hex')}`;
    const envOf = (prefix: string) => ({ ...settings(prefix), ODST_ADMIN_PASSWORD: password });
    await using servers = await twoServers({ a: { env: envOf('server_a') }, b: { env: envOf('server_b') } });
    const { a, b } = await startFederation(servers);
    await using _b = b;
    const first = await installerFile(join(servers.path, 'first.pkg'), 3 * megabyte + 17, 'first');
    expect((await a.admin.upload(first.path, 'First.pkg', 'Prod')).status).toBe(201);
    await becomesPublic(b, 'First.pkg', first.sha256);

    await a.kill();
    await using again = await startServerProcess(servers.a);
    expect(await sha256Of(await again.admin.download('First.pkg'))).toBe(first.sha256);
    const second = await installerFile(join(servers.path, 'second.pkg'), 2 * megabyte, 'second');
    expect((await again.admin.upload(second.path, 'Second.pkg', 'Prod')).status).toBe(201);
    await becomesPublic(b, 'Second.pkg', second.sha256);

    const stored = standIn.database.all();
    const typesOf = (prefix: string) => stored.filter(({ stream }) => stream.startsWith(`${prefix}.`)).map(({ type }) => type);
    expect(typesOf('server_a')).toEqual(expect.arrayContaining(['ServerInitialized', 'UploadCompleted', 'PackagePublished']));
    expect(typesOf('server_b')).toEqual(expect.arrayContaining(['PackageAnnounced', 'ChunkVerified']));
    expect(await eventsInPostgres(servers.a.dataDir)).toBe(0);
    const bytes = Buffer.concat(stored.flatMap(({ data, metadata }) => [data, metadata]));
    expect(bytes.includes(password)).toBe(false);

    const { items } = await eventually(async () => {
      const feed = await b.admin.events();
      return feed.items.some(({ type }) => type.includes('PackagePublished')) && feed;
    });
    expect(items.map(({ feedsequence }) => Number(feedsequence))).toEqual(items.map((_, index) => index + 1));
  });

  test('an upload while it is away is refused as a matter of time, and goes through when it is back', async () => {
    await using servers = await twoServers({ a: { env: settings('outage') } });
    await using server = await startServerProcess(servers.a);
    const file = await installerFile(join(servers.path, 'file.pkg'), 100_000, 'outage');
    standIn.stop();
    try {
      expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(503);
    } finally {
      await standIn.start();
    }
    const answer = await eventually(async () => {
      const tried = await server.admin.upload(file.path, 'File.pkg', 'Prod');
      return tried.status === 201 && tried;
    }, 60_000);
    expect(await answer.json()).toMatchObject({ filename: 'File.pkg', sha1: file.sha1 });
    expect(await sha256Of(await server.admin.download('File.pkg'))).toBe(file.sha256);
  });

  test('a server does not start on the other kind of store than the one that has its events', async () => {
    await using servers = await twoServers({ a: { env: settings('moved') } });
    const { EVENTSTORE_URL: _, ...inPostgres } = servers.a.env ?? {};
    const refusalOf = async (options: typeof servers.a): Promise<string> => {
      const program = await spawnServer(options);
      expect(await program.exited).toBe(1);
      return program.log();
    };
    await (await startServerProcess(servers.a)).stop();
    expect(await refusalOf({ ...servers.a, env: inPostgres })).toMatch(/EVENTSTORE_URL: missing, but the events of registration/);

    await (await startServerProcess({ ...servers.b, env: {} })).stop();
    expect(await refusalOf({ ...servers.b, env: settings('other') })).toMatch(
      /EVENTSTORE_URL: set, but the events of registration/,
    );
    expect(standIn.database.has('other-registration')).toBe(false);
  });
});
