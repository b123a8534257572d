import type { Append, EventStore } from '@odst/event-store';
import { issOf, nomadUuid, shaOf } from './records.ts';
import { createTestServer, metadataOf } from './test-server.ts';

/** The life of a package: uploaded, promoted, met by another server's, resolved, promoted again. */
async function aLife() {
  const server = createTestServer(issOf('e'));
  const peer = createTestServer(issOf('f'));
  await server.upload(1, '1', 'Dev');
  await server.act({ act: 'promote', to: 'Test' });
  peer.clock.set('2026-01-01T00:01:00Z');
  await peer.upload(1, '2', 'Test');
  await server.offer(await peer.record(), peer.iss);
  await server.act({ act: 'resolve', to: 'Test', sha256: shaOf('1') });
  await server.act({ act: 'promote', to: 'Prod' });
  return server.store.readAll(0n, 100);
}

/** Appends at least so many events as if packages had been made of them, numbered from 1,000,000 on. Gives the last position. */
export async function appendManyEvents(store: EventStore<never>, count: number): Promise<bigint> {
  const life = await aLife();
  const append = (number: number): Append<never> => {
    const uuid = number.toString(16).padStart(32, '0');
    const data = JSON.stringify(life.map((event) => event.data))
      .replaceAll(nomadUuid, uuid)
      .replaceAll('NoMAD.pkg', `Package ${number}.pkg`)
      .replaceAll('"packageId":1', `"packageId":${number}`);
    const payloads = JSON.parse(data);
    return {
      stream: `package-${uuid}`,
      expectedVersion: 0,
      events: life.map(({ type, schemaVersion }, index) => ({ type, schemaVersion, data: payloads[index] })),
      metadata: metadataOf(),
    };
  };
  let last = 0n;
  const atOnce = 200;
  const first = 1_000_000;
  const end = first + Math.ceil(count / life.length);
  for (let from = first; from < end; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, end - from) }, (_, index) => from + index);
    const appended = await Promise.all(numbers.map((number) => store.append(append(number))));
    last = appended.at(-1)?.position ?? last;
  }
  return last;
}
