import { join } from 'node:path';
import { createHttpEventSource, type EventMessage, readEvents } from '@odst/event-client';
import { createFileCheckpoint } from '@odst/event-client/file-checkpoint';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { type AdminClient, type FeedPage, lastNameOf } from '../support/admin-client.ts';
import { type Server, startServerProcess } from '../support/server-process.ts';

const login = { username: 'admin', password: 'ods1234!' };

/** Makes events: each change of the name is one. */
async function changeNames(admin: AdminClient, names: readonly string[]): Promise<void> {
  for (const name of names) expect((await admin.updateAbout({ name })).status).toBe(201);
}

const namesFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => `Name ${first + index}`);

/** Reads until an event was seen for the last of the names; it stays not done, as the loop is left in its middle. */
async function readUntil(server: Server, checkpointFile: string, last: string): Promise<EventMessage[]> {
  const source = createHttpEventSource({ url: server.url, login });
  const seen: EventMessage[] = [];
  for await (const message of readEvents({ source, checkpoint: createFileCheckpoint(checkpointFile) })) {
    seen.push(message);
    if (message.type === 'org.odst.registration.ServerSettingsChanged.v1' && message.event.data.profile?.name === last) break;
  }
  return seen;
}

const numbersOf = (messages: readonly EventMessage[]) => messages.map(({ event }) => Number(event.feedsequence));

test('a consumer that was away completes itself, over restarts of the server', async () => {
  await using folder = await temporaryDirectory();
  const checkpointFile = join(folder.path, 'position');
  const options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  const seen: EventMessage[] = [];
  for (let start = 0; start < 3; start += 1) {
    await using server = await startServerProcess(options);
    const names = namesFrom(10 * start, 10);
    await changeNames(server.admin, names);
    // Only every second time somebody reads.
    if (start !== 1) seen.push(...(await readUntil(server, checkpointFile, names.at(-1) ?? '')));
  }
  const numbers = numbersOf(seen);
  expect([...new Set(numbers)]).toEqual(Array.from({ length: Math.max(...numbers) }, (_, index) => index + 1));
  // The event in whose middle the consumer left came again, and nothing else.
  expect(numbers.length - new Set(numbers).size).toBe(1);
});

test('a live consumer goes on when the server was killed and comes back, without a double', async () => {
  await using folder = await temporaryDirectory();
  const options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  const url = `http://127.0.0.1:${options.port}`;
  const abort = new AbortController();
  const seen: EventMessage[] = [];
  const read = async (): Promise<void> => {
    for await (const message of readEvents({ source: createHttpEventSource({ url, login }), signal: abort.signal }))
      seen.push(message);
  };
  // The server is not there yet either.
  const reading = read();
  const lastName = () =>
    seen.findLast((message) => message.type === 'org.odst.registration.ServerSettingsChanged.v1')?.event.data.profile?.name;
  for (let start = 0; start < 2; start += 1) {
    const server = await startServerProcess(options);
    const names = namesFrom(10 * start, 10);
    await changeNames(server.admin, names);
    await eventually(() => lastName() === names.at(-1), 60_000);
    if (start === 0) await server.kill();
    // The live reader holds nothing up.
    else expect(await server.stop()).toBe(0);
  }
  abort.abort();
  await reading;
  expect(numbersOf(seen)).toEqual(seen.map((_, index) => index + 1));
});

test('everything is read again from any position', async () => {
  await using folder = await temporaryDirectory();
  await using server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
  await changeNames(server.admin, namesFrom(0, 20));
  const { items } = await eventually(async () => {
    const page = await server.admin.events();
    return lastNameOf(page) === 'Name 19' && page;
  });
  for (let after = 0; after <= items.length; after += 1) {
    // More may come behind them at any time.
    const left = items.length - after;
    expect((await server.admin.events(String(after))).items.slice(0, left)).toEqual(items.slice(after));
    const paged: FeedPage['items'][number][] = [];
    for (let next = String(after); paged.length < left; ) {
      const page = await server.admin.events(next, 7);
      paged.push(...page.items);
      next = page.next;
    }
    expect(paged.slice(0, left)).toEqual(items.slice(after));
  }
});
