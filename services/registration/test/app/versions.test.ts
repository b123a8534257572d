import { manualClock } from '@odst/testing';
import { beforeEach, expect, test } from 'vitest';
import { adminCommand, type MemoryServer, memoryNetwork, startMemoryServer } from '../support/memory-server.ts';

const conflict = expect.objectContaining({ code: 'COMMON_COMMAND_CONFLICT' });
let a: MemoryServer;
let b: MemoryServer;

beforeEach(async () => {
  const network = memoryNetwork();
  const clock = manualClock();
  a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B' });
});

const eventCount = async () => (await a.store.readAll(0n, 1_000)).length;

test('settings are changed at the version that was seen, all of them or none', async () => {
  const seen = BigInt(a.directory.server().version);
  const { server } = await a.updateSettings({ name: 'Bonn', trashDays: 7 }, adminCommand(), seen);
  expect(server).toMatchObject({ profile: { name: 'Bonn' }, policy: { deletions: 'follow', trashDays: 7 } });
  expect(server.version).toBe(Number(seen) + 2);
  const events = await eventCount();
  await expect(a.updateSettings({ name: 'Köln', trashDays: 9 }, adminCommand(), seen)).rejects.toThrow(conflict);
  await expect(a.updateSettings({ name: 'Bonn' }, adminCommand(), seen)).rejects.toThrow(conflict);
  const wrong = a.updateSettings({ name: 'Köln', trashDays: -1 }, adminCommand());
  await expect(wrong).rejects.toThrow(expect.objectContaining({ code: 'REGISTRATION_SETTING_INVALID' }));
  expect(await eventCount()).toBe(events);
  expect(a.directory.server().profile.name).toBe('Bonn');
});

test('of two that change settings at the same version at once one succeeds', async () => {
  const seen = BigInt(a.directory.server().version);
  const both = ['Bonn', 'Köln'].map((name) => a.updateSettings({ name }, adminCommand(), seen));
  expect((await Promise.allSettled(both)).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('settings of packages stay with the server when it gets another identity', async () => {
  await a.updateSettings({ deletions: 'ask', trashDays: 7 }, adminCommand());
  await a.renewIdentity(false, adminCommand());
  const again = await a.restart();
  expect(again.directory.server().policy).toEqual({ deletions: 'ask', trashDays: 7 });
  const { server } = await again.updateSettings({ trashDays: 8 }, adminCommand());
  expect(server.policy).toEqual({ deletions: 'ask', trashDays: 8 });
});

test('a peer is changed, unregistered and blocked at the version that was seen', async () => {
  const { peerId, version } = await a.registerPeer(b.invitation, adminCommand());
  const seen = BigInt(version);
  const changed = await a.updatePeer(peerId, { stageCap: 'Test' }, adminCommand(), seen);
  expect([changed.stageCap, changed.version]).toEqual(['Test', version + 1]);
  const events = await eventCount();
  for (const refused of [
    a.updatePeer(peerId, { stageCap: 'Dev' }, adminCommand(), seen),
    a.unregisterPeer(peerId, adminCommand(), seen),
    a.blockServer(b.iss, false, adminCommand(), seen),
  ])
    await expect(refused).rejects.toThrow(conflict);
  expect(await eventCount()).toBe(events);
  await a.unregisterPeer(peerId, adminCommand(), seen + 1n);
  expect(a.directory.peers()).toEqual([]);
});

test('an account is changed, its password with it, and removed at the version that was seen', async () => {
  const eva = { username: 'eva', password: 'correct horse', role: 'uploader', stages: [] } as const;
  await a.accounts.create(eva, adminCommand());
  const secrets = a.secrets.all.size;
  await a.accounts.change('eva', { role: 'viewer', password: 'another horse' }, adminCommand(), 1n);
  expect(a.secrets.all.size).toBe(secrets);
  const events = await eventCount();
  const late = a.accounts.change('eva', { role: 'admin', password: 'a third horse' }, adminCommand(), 1n);
  await expect(late).rejects.toThrow(conflict);
  await expect(a.accounts.remove('eva', adminCommand(), 2n)).rejects.toThrow(conflict);
  expect([await eventCount(), a.secrets.all.size]).toEqual([events, secrets]);
  await a.accounts.remove('eva', adminCommand(), 3n);
  expect(a.directory.account('eva')).toBeUndefined();
});
