import { createVirtualTime } from '@odst/async/testing';
import { EventsServiceService } from '@odst/contracts/common';
import { createMemoryEventStore, type EventSource } from '@odst/event-store';
import { anAppend } from '@odst/event-store/contract/appends';
import { decorated } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { connectService, serveEvents, serviceToken, startGrpcServer } from '../src/index.ts';

test('events that are followed come at once, and while there are none the store is not asked time and again', async () => {
  const time = createVirtualTime();
  const store = createMemoryEventStore({ clock: time });
  let reads = 0;
  const counted: EventSource = decorated(store, {
    readAll: (after: bigint, limit: number) => {
      reads += 1;
      return store.readAll(after, limit);
    },
  });
  const internalToken = 'a token that the processes of one server share';
  const logger = createSilentLogger();
  const services = [serveEvents(counted, time)];
  const server = await startGrpcServer({ address: '127.0.0.1:0', services, internalToken, logger });
  onTestFinished(() => server[Symbol.asyncDispose]());
  using connection = connectService({
    address: server.address,
    target: 'storage',
    token: serviceToken(internalToken, 'gateway'),
  });
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const events = connection
    .client(EventsServiceService)
    .readEvents({ afterPosition: 0n, follow: true }, { signal: over.signal })
    [Symbol.asyncIterator]();
  await store.append(anAppend());
  expect((await events.next()).value?.event?.position).toBe(1n);
  await expect.poll(() => reads).toBe(2);
  await time.pass(29_000);
  expect(reads).toBe(2);
  await store.append(anAppend());
  expect((await events.next()).value?.event?.position).toBe(2n);
});
