import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createMemoryCheckpoint } from '@odst/event-client';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { type AdminClient, lastNameOf } from '../support/admin-client.ts';
import { readTo } from '../support/read-to.ts';
import { startServerProcess } from '../support/server-process.ts';

async function changeNames(admin: AdminClient, prefix: string, count: number): Promise<number> {
  for (let index = 1; index <= count; index += 1)
    expect((await admin.updateAbout({ name: `${prefix} ${index}` })).status).toBe(201);
  return eventually(async () => {
    const page = await admin.events();
    return lastNameOf(page) === `${prefix} ${count}` && page.items.length;
  });
}

test('integrators are told that a server was restored from a backup, also when it has gone on since', async () => {
  await using folder = await temporaryDirectory();
  const options = { dataDir: join(folder.path, 'data'), port: await freePort() };
  const backup = join(folder.path, 'backup');
  let server = await startServerProcess(options);
  await changeNames(server.admin, 'Before', 3);
  expect(await server.stop()).toBe(0);
  await cp(options.dataDir, backup, { recursive: true });

  server = await startServerProcess(options);
  const last = await changeNames(server.admin, 'Lost', 5);
  const checkpoint = createMemoryCheckpoint();
  await readTo(server.url, last - 1, { checkpoint });
  expect(await server.stop()).toBe(0);
  await rm(options.dataDir, { recursive: true });
  await cp(backup, options.dataDir, { recursive: true });

  server = await startServerProcess(options);
  for (const headers of [{}, { accept: 'text/event-stream' }, { accept: 'text/event-stream', 'last-event-id': String(last) }]) {
    const query = 'last-event-id' in headers ? '' : `?after=${last}`;
    const answer = await server.admin.send(`/api/v1/events${query}`, { headers });
    expect([answer.status, (await answer.json()) as unknown]).toMatchObject([410, { code: 'EVENTS_FEED_RESET' }]);
  }
  const reset = { code: 'EVENTS_FEED_RESET' };
  await expect(readTo(server.url, last, { checkpoint })).rejects.toMatchObject(reset);

  // The numbers are issued again: the server has no way to see it, the client has.
  const now = await changeNames(server.admin, 'After', 9);
  expect(now).toBeGreaterThan(last);
  expect((await server.admin.send(`/api/v1/events?after=${last}`)).status).toBe(200);
  await expect(readTo(server.url, now, { checkpoint })).rejects.toMatchObject(reset);
  const again = await readTo(server.url, now, { checkpoint, onReset: 'beginning' });
  expect(again).toEqual(Array.from({ length: now }, (_, index) => index + 1));
  await server.stop();
});
