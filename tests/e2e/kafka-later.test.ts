import { join } from 'node:path';
import { eventually, freePort, hasKafka, startKafkaBroker, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { startServerProcess } from '../support/server-process.ts';

describe.skipIf(!(await hasKafka()))('a server that is given Kafka later, and goes back to PostgreSQL', () => {
  test.each([
    ['the default prefix', {}],
    ['a prefix of its own', { KAFKA_TOPIC_PREFIX: 'later' }],
  ])('goes on where it was, under %s: no event is handled or shown a second time', async (_name, prefix) => {
    await using folder = await temporaryDirectory();
    await using broker = await startKafkaBroker();
    const options = { dataDir: join(folder.path, 'data'), port: await freePort() };
    const feedOf = async (server: Awaited<ReturnType<typeof startServerProcess>>, least: number) => {
      const read = async () => (await server.admin.events()).items.map(({ type }) => type);
      await eventually(async () => (await read()).filter((type) => type.includes('.PackagePublished.')).length === least, 60_000);
      return read();
    };
    const before = await startServerProcess(options);
    const file = await installerFile(join(folder.path, 'one.pkg'), 100_000, 'one');
    expect((await before.admin.upload(file.path, 'One.pkg', 'Prod')).status).toBe(201);
    const shown = await feedOf(before, 1);
    expect(await before.stop()).toBe(0);

    const after = await startServerProcess({ ...options, env: { KAFKA_BROKERS: broker.brokers, ...prefix } });
    const another = await installerFile(join(folder.path, 'two.pkg'), 100_000, 'two');
    expect((await after.admin.upload(another.path, 'Two.pkg', 'Prod')).status).toBe(201);
    const later = await feedOf(after, 2);
    expect(later.slice(0, shown.length)).toEqual(shown);
    expect(later.filter((type) => type.includes('.PackageUploaded.'))).toHaveLength(2);
    expect(await after.stop()).toBe(0);

    await using again = await startServerProcess(options);
    const third = await installerFile(join(folder.path, 'three.pkg'), 100_000, 'three');
    expect((await again.admin.upload(third.path, 'Three.pkg', 'Prod')).status).toBe(201);
    const last = await feedOf(again, 3);
    expect(last.slice(0, later.length)).toEqual(later);
    expect(last.filter((type) => type.includes('.PackageUploaded.'))).toHaveLength(3);
  });
});
