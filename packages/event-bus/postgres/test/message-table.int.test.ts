import { messagesFor } from '@odst/event-bus/contract';
import { createSilentLogger } from '@odst/telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { createPostgresEventBus } from '../src/index.ts';
import { createBusDatabase } from './bus-database.ts';

test('a publication writes its messages and no other row, unless the fence rises', async () => {
  const database = await createBusDatabase();
  onTestFinished(() => database[Symbol.asyncDispose]());
  const bus = createPostgresEventBus({ pool: database.pool, logger: createSilentLogger() });
  onTestFinished(() => bus[Symbol.asyncDispose]());
  const publish = (position: bigint, fence: bigint) =>
    bus.publish({ service: 'notes', fence }, messagesFor(bus, ['a'], position));
  /** The version of the producer's row: each is kept as long as a backup holds a snapshot. */
  const rowVersion = async () =>
    (await database.pool.query<Record<string, unknown>>('SELECT ctid, xmin, fence FROM bus.producers')).rows;

  await publish(1n, 1n);
  const first = await rowVersion();
  for (let position = 2n; position <= 20n; position += 1n) await publish(position, 1n);
  expect(await rowVersion()).toEqual(first);
  await publish(21n, 2n);
  expect(await rowVersion()).toMatchObject([{ fence: '2' }]);
  expect((await bus.lastPublished('notes')).position).toBe(21n);
  await expect(publish(22n, 1n)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
});
