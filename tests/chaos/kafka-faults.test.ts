import { join } from 'node:path';
import { eventually, freePort, hasKafka, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type Server, spawnServer, startServerProcess } from '../support/server-process.ts';
import { expectWholeFeed } from '../support/whole-feed.ts';

/**
 * Waits until the feed tells of so many uploads, and of as many packages that are public, and holds it to what a feed is. Both,
 * as they come on two topics: after a crash one waits for the broker to give up what was begun there, the other need not.
 */
async function feedIsWhole(server: Server, packages: number): Promise<void> {
  await eventually(async () => {
    const { items } = await server.admin.events('0', 1_000);
    const count = (name: string) => items.filter(({ type }) => type.includes(`.${name}.`)).length;
    // Registration's events come on a topic of their own, maybe last.
    return count('AccountCreated') === 1 && count('UploadCompleted') >= packages && count('PackagePublished') >= packages;
  }, 180_000);
  expectWholeFeed((await server.admin.events('0', 1_000)).items);
}

/** Status and lines of `/readyz`. */
async function readyz({ url }: Server): Promise<readonly [number, string]> {
  const answer = await fetch(`${url}/readyz`);
  return [answer.status, await answer.text()];
}

describe.skipIf(!(await hasKafka()))('a server on Kafka', () => {
  test('takes and serves packages while the broker is dead, and tells of them when it is back', {
    timeout: 600_000,
  }, async () => {
    await using folder = await temporaryDirectory();
    await using broker = await startKafkaBroker();
    const options = { dataDir: join(folder.path, 'data'), port: await freePort(), env: { KAFKA_BROKERS: broker.brokers } };
    const file = await installerFile(join(folder.path, 'file.pkg'), 100_000, 'file');
    const server = await startServerProcess(options);
    expect((await server.admin.upload(file.path, 'One.pkg', 'Prod')).status).toBe(201);
    await feedIsWhole(server, 1);
    await eventually(async () => {
      expect(await readyz(server)).toEqual([200, 'ok server\nok database\nok kafka\n']);
      return true;
    });
    await broker.kill();
    await eventually(async () => (await readyz(server))[1]?.includes('kafka: away') === true, 120_000);
    const away = 'ok kafka: away; all is served, and events are passed on when it is back';
    expect(await readyz(server)).toEqual([200, `ok server\nok database\n${away}\n`]);
    expect((await server.admin.upload(file.path, 'Two.pkg', 'Prod')).status).toBe(201);
    expect((await server.admin.download('Two.pkg')).status).toBe(200);
    const stoppedAt = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(30_000);

    const refused = await spawnServer(options);
    expect(await refused.exited).toBe(1);
    expect(refused.log()).toMatch(/^The server cannot start: the event bus could not be reached: .*ECONNREFUSED/m);

    await broker.restart();
    await using again = await startServerProcess(options);
    expect((await again.admin.upload(file.path, 'Three.pkg', 'Prod')).status).toBe(201);
    await feedIsWhole(again, 3);
  });

  test('killed in the middle of uploads shows every event once when it is back', { timeout: 600_000 }, async () => {
    await using folder = await temporaryDirectory();
    await using broker = await startKafkaBroker();
    const options = { dataDir: join(folder.path, 'data'), port: await freePort(), env: { KAFKA_BROKERS: broker.brokers } };
    const file = await installerFile(join(folder.path, 'file.pkg'), 100_000, 'file');
    let uploads = 0;
    for (let round = 0; round < 2; round += 1) {
      const server = await startServerProcess(options);
      const answers = Array.from({ length: 8 }, async (_, index) => {
        const answer = await server.admin.upload(file.path, `Package-${round}-${index}.pkg`, 'Prod').catch(() => undefined);
        if (answer?.status === 201) uploads += 1;
      });
      await eventually(() => uploads > round * 8 + 2, 120_000);
      await server.kill();
      await Promise.all(answers);
    }
    await using server = await startServerProcess(options);
    expect((await server.admin.upload(file.path, 'Last.pkg', 'Prod')).status).toBe(201);
    await feedIsWhole(server, uploads + 1);
  });
});
