import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { type Choose, type HeldTopics, holdTopics, type Publisher } from '../support/held-topics.ts';
import { installerFile } from '../support/installer-file.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { twoServers } from '../support/two-servers.ts';
import { expectWholeFeed } from '../support/whole-feed.ts';

/** An order in which topics are delivered. */
type Order = { readonly name: string; readonly choose: Choose };

/** Everything of a topic before anything of the next one; only the gateway's feed reads the topic of sync. */
const strict = (...order: readonly Publisher[]): Order => ({
  name: order.join(' before '),
  choose: (waiting) => ({ from: order.find((topic) => waiting.includes(topic)) ?? 'sync', most: 1_000 }),
});

/** One, two or three events of any topic, as chance has it. */
function mixed(seed: number): Order {
  let drawn = 0;
  const draw = (below: number): number => {
    drawn += 1;
    return createHash('sha256').update(`${seed} ${drawn}`).digest().readUInt32BE() % below;
  };
  const choose: Choose = (waiting) => ({ from: waiting[draw(waiting.length)] ?? 'sync', most: 1 + draw(3) });
  return { name: `mixed by seed ${seed}`, choose };
}

const orders = [
  strict('registration', 'catalog', 'storage'),
  strict('registration', 'storage', 'catalog'),
  strict('catalog', 'registration', 'storage'),
  strict('catalog', 'storage', 'registration'),
  strict('storage', 'registration', 'catalog'),
  strict('storage', 'catalog', 'registration'),
  ...[1, 2, 3, 4].map(mixed),
];

describe('two servers, one of which gets the events of its topics', () => {
  let servers: Awaited<ReturnType<typeof twoServers>>;
  let a: ServerProcess;
  let b: ServerProcess;
  let topics: HeldTopics;

  beforeAll(async () => {
    servers = await twoServers({ b: { env: { ODST_STAGE: 'Dev' } } });
    [a, b] = await Promise.all([startServerProcess(servers.a), startServerProcess(servers.b)]);
    topics = await holdTopics(a);
  });
  afterAll(async () => {
    await topics?.[Symbol.asyncDispose]();
    await Promise.all([a?.stop(), b?.stop()]);
    await servers?.[Symbol.asyncDispose]();
  });

  const setStage = async (stage: string) => expect((await a.admin.updateAbout({ stage })).status).toBe(201);
  const file = (name: string) => installerFile(join(servers.path, name), 200_000, name);
  const packagesOf = async (server: ServerProcess, prefix: string) =>
    (await server.admin.packages())
      .filter(({ filename }) => filename.startsWith(prefix))
      .map(({ filename, stage, status, sha256 }) => [filename, stage, status, sha256])
      .sort();

  /** Delivers until nothing waits and a condition holds; soon, as the sweep of every minute would find the same work. */
  const deliver = (choose: Choose, done: () => Promise<void>): Promise<true> =>
    eventually(async () => {
      while (await topics.publish(choose));
      expect(await topics.isQuiet()).toBe(true);
      await done();
      return true as const;
    }, 45_000);

  test.each(orders)('$name, end in the same state', async ({ name, choose }) => {
    const prefix = `${orders.findIndex((order) => order.name === name)}-`;
    const [here, there] = [await file(`${prefix}here.pkg`), await file(`${prefix}there.pkg`)];
    await setStage('Prod');
    expect((await a.admin.register(await b.admin.about())).status).toBe(201);
    expect((await a.admin.upload(here.path, `${prefix}here.pkg`, 'Prod')).status).toBe(201);
    expect((await b.admin.upload(there.path, `${prefix}there.pkg`, 'Test')).status).toBe(201);
    await setStage('Test');
    const row = await a.admin.package(`${prefix}here.pkg`);
    expect((await a.admin.changeStage(row.id, 'Test')).status).toBe(200);

    const packages = [
      [`${prefix}here.pkg`, 'Test', 'Public', here.sha256],
      [`${prefix}there.pkg`, 'Test', 'Public', there.sha256],
    ];
    await deliver(choose, async () => {
      for (const server of [a, b]) expect(await packagesOf(server, prefix)).toEqual(packages);
    });
    for (const server of [a, b]) {
      for (const [filename = '', , , sha256] of packages)
        expect(await sha256Of(await server.admin.download(filename))).toBe(sha256);
    }
    const peers = await a.admin.peers();
    expect(peers.map((peer) => peer.name)).toEqual(['B']);
    expect(await deadLettersOf(a)).toBe(0);
    await eventually(async () => (await a.admin.peerStates())[0]?.['lastError'] === null, 60_000);
    expect((await a.admin.send(`/api/v1/peers/${peers[0]?.id}`, { method: 'DELETE' })).status).toBe(204);
    await deliver(choose, async () => expect(await a.admin.peerStates()).toEqual([]));
    expectWholeFeed((await a.admin.events()).items);
  });
});

function deadLettersOf(server: ServerProcess): Promise<number> {
  return onServerDatabase(server.dataDir, async (client) => {
    const tables = ['registration', 'catalog', 'sync'].map((service) => `SELECT FROM ${service}.dead_letters`);
    return (await client.query(tables.join(' UNION ALL '))).rowCount ?? 0;
  });
}
